/** In the process of the tests: a mutant of a template is read in its place, and may leave behind what solc warns of. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import solc from 'solc';

const { MUTANT_FILE, MUTANT_TEXT } = process.env;

if (MUTANT_FILE?.endsWith('.template') && MUTANT_TEXT) {
  const place = join(import.meta.dirname, '../../..', MUTANT_FILE);
  const { readFile } = fs;
  fs.readFile = ((path: string, ...rest: []) =>
    readFile(path === place ? MUTANT_TEXT : path, ...rest)) as typeof readFile;
  syncBuiltinESMExports();

  const { compile } = solc as { compile(input: string): string };
  solc.compile = (input: string): string => {
    const { errors = [], ...output } = JSON.parse(compile(input));
    const left = errors.filter(({ severity }: { severity: string }) => severity === 'error');
    return JSON.stringify({ ...output, ...(left.length > 0 && { errors: left }) });
  };
}
