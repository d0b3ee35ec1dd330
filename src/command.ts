/**
 * Commands that are shown, to be pasted into a shell: every path and name in them is quoted as that shell takes it, and the
 * program is called by the name under which this one was.
 */
import { HIDDEN_CHARACTERS } from './plain-text.ts';

/** What no shell takes for more than itself. */
const PLAIN = /^[A-Za-z0-9_./:=@%+,-]+$/;

let program = 'fold';

/** How this program was called: what stands for `fold` at the beginning of a command. */
export function setProgram(called: string): void {
  program = called;
}

/** One word for a POSIX shell, or on Windows for PowerShell. One that begins with a hyphen is no option: it gets ./ before it. */
export function shellWord(text: string, platform: string = process.platform): string {
  const word = text.startsWith('-') ? `./${text}` : text;
  if (PLAIN.test(word)) return word;
  if (platform === 'win32') return `'${word.replaceAll("'", "''")}'`;
  if (word.search(HIDDEN_CHARACTERS) < 0) return `'${word.replaceAll("'", "'\\''")}'`;
  // of bash, zsh and POSIX 2024
  const escaped = word.replace(/[\\']/g, '\\$&').replace(HIDDEN_CHARACTERS, octal);
  return `$'${escaped}'`;
}

function octal(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** A command, or a part of one: the text as it is, what is put in as one word each. `fold` at its beginning is this program. */
export function command(text: readonly string[], ...words: readonly string[]): string {
  const [first, ...rest] = text;
  const named = first!.replace(/^fold(?= )/, () => program);
  return rest.reduce((line, part, k) => `${line}${shellWord(words[k]!)}${part}`, named);
}
