/** Commands that are shown, to be pasted into a POSIX shell: every path and name in them is quoted as that shell takes it. */

/** What no shell takes for more than itself. */
const PLAIN = /^[A-Za-z0-9_./:=@%+,-]+$/;

/** One word of a command. */
function shellWord(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command, or a part of one: the text as it is, what is put in as one word each. */
export function command(text: readonly string[], ...words: readonly string[]): string {
  return text.reduce((line, part, k) => `${line}${shellWord(words[k - 1]!)}${part}`);
}
