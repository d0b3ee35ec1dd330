/** A JSON file that was given for another one: what it is, in words, so that the error does not name fields that nobody meant. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { FINAL_FILE, KEY_FILE } from '../store/run-record.ts';
import { KIND_WORDS, kindOfJson } from './json-kind.ts';

const WANTED = { proof: FINAL_FILE, key: KEY_FILE } as const;

/** Throws E_FORMAT where `json` is known to be something else than what was wanted; `path` is where it lies. */
export function checkFileKind(json: unknown, path: string, wanted: keyof typeof WANTED): void {
  const found = kindOfJson(json);
  if (found.kind === wanted) return;
  const file = WANTED[wanted];
  const what = KIND_WORDS[wanted];
  const sibling = join(dirname(path), file);
  throw new FoldError('E_FORMAT', `"${path}" is not ${what}.`, {
    expected: `${what}, as in ${file}`,
    got: found.what,
    ...(existsSync(sibling) && {
      hint: wanted === 'proof' ? command`fold verify ${sibling}` : command`--vk ${sibling}, if you trust it`,
    }),
  });
}
