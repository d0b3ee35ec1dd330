/** Printed commands: what a shell makes of every word, the program's own name, and that there is no other way to print one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { programName } from '../src/cli/program-name.ts';
import { command, setProgram, shellWord } from '../src/command.ts';
import { plain } from '../src/show/format.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => setProgram('fold'));

const PLAIN = ['runs/digits512-512', 'a.json', './x', '/abs/0001', 'a=b', 'x@y', 'a,b', 'a:b', '100%'];
const ODD = [
  ...['a b', "it's", '"quoted"', 'Füße', '日本', '~x', '$HOME', '`id`', '$(id)', 'a;b', 'a&b', 'a|b', '*', 'a?', '[x]'],
  ...['{a,b}', '#x', '!x', 'a\\b', '\\', "'", '', 'a>b', '(x)', '=', ' ', 'a\'b"c$d`e'],
];
const HIDDEN = ['a\nb', 'tab\there', "it's\nhere\\", 'a\u202eb', '\u001b[2J', 'Ü\u0007', 'a\u2028b', "\n'"];

/** The words that a shell makes of a line. */
function read(shell: string, words: readonly string[]): string[] {
  const line = `printf '%s\\0' ${words.map((word) => shellWord(word, 'linux')).join(' ')}`;
  // the line is shown before it is pasted
  const shown = plain(line);
  return execFileSync(shell, ['-c', shown], { cwd: folder, encoding: 'utf8' }).split('\0').slice(0, -1);
}

const there = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).error === undefined;

describe('a word', () => {
  it.each(['sh', 'bash', 'zsh', 'ksh'].filter(there))('is what it was after %s has read it', (shell) => {
    const words = [...PLAIN, ...ODD, ...(shell === 'sh' ? [] : HIDDEN)];
    expect(read(shell, words)).toEqual(words);
  });

  it('of letters alone has no quotes, and one that begins with a hyphen is no option', () => {
    for (const word of PLAIN) expect(shellWord(word)).toBe(word);
    expect(shellWord('-x.json')).toBe('./-x.json');
    expect(shellWord('--out x', 'linux')).toBe("'./--out x'");
  });

  it('is quoted for PowerShell on Windows', () => {
    expect(shellWord("C:\\it's here\\a.json", 'win32')).toBe("'C:\\it''s here\\a.json'");
  });
});

describe('a command', () => {
  it('has each value as one word, and the name by which the program was called', () => {
    expect(command`fold resume ${'my runs/x'} --model ${'a.onnx'}`).toBe("fold resume 'my runs/x' --model a.onnx");
    setProgram('npx layerfold');
    expect(command`fold resume ${'x'}`).toBe('npx layerfold resume x');
    expect(command`rm ${'fold x'}`).toBe("rm 'fold x'");
    expect(command` --model ${'fold x'}`).toBe(" --model 'fold x'");
  });

  it('calls the program as it was called', () => {
    const [launcher, link] = [join(folder, 'fold.js'), join(folder, 'bin', 'layerfold')];
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'other'));
    writeFileSync(launcher, '');
    writeFileSync(join(folder, 'other', 'layerfold'), '');
    symlinkSync(launcher, link);
    const path = (...folders: string[]) => ({ PATH: folders.map((name) => join(folder, name)).join(':') });
    expect(programName(link, path('bin', 'other'))).toBe('layerfold');
    // the system's own program of that name comes first
    expect(programName(link, path('other', 'bin'))).toBe(`node ${link}`);
    expect(programName(launcher, {})).toBe(`node ${launcher}`);
    expect(programName('/project/node_modules/.bin/layerfold', path('bin'))).toBe('npx layerfold');
    expect(programName('/a b/fold.js', {})).toBe("node '/a b/fold.js'");
  });
});

it('every command with a value in it, in all sources, is made by `command`', () => {
  const root = resolve(import.meta.dirname, '../src');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && name !== join('cli', 'completion.ts'),
  );
  const bare = sources.flatMap((name) =>
    // what completion prints are scripts
    readFileSync(join(root, name), 'utf8')
      .split('\n')
      .filter((line) => /(^|[^d])`[^`]*\b(fold|rm|df|mkdir|curl|npm) (-{1,2})?[a-z][^`]*\$\{/.test(line))
      .map((line) => `${name}: ${line.trim()}`),
  );
  expect(bare).toEqual([]);
});
