/** In the process of the tests: a mutant of a template is read in its place, and may leave behind what solc warns of. */
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import solc from 'solc';
import type { Mutated } from './runner.ts';
import type { Together } from './together.ts';

const { MUTANT_FILE, MUTANT_TEXT, MUTANTS } = process.env;
const file = MUTANTS ? (JSON.parse(readFileSync(MUTANTS, 'utf8')) as Together).file : MUTANT_FILE;

if (file?.endsWith('.template')) {
  const place = join(import.meta.dirname, '../../..', file);
  const { readFile } = fs;
  const now = (): string | undefined => (globalThis as { mutated?: Mutated }).mutated?.text;
  fs.readFile = (async (path: string, ...rest: []) =>
    (path === place ? now() : undefined) ??
    readFile(path === place ? (MUTANT_TEXT ?? path) : path, ...rest)) as typeof readFile;
  syncBuiltinESMExports();

  const { compile } = solc as { compile(input: string): string };
  solc.compile = (input: string): string => {
    const { errors = [], ...output } = JSON.parse(compile(input));
    const left = errors.filter(({ severity }: { severity: string }) => severity === 'error');
    return JSON.stringify({ ...output, ...(left.length > 0 && { errors: left }) });
  };
}
