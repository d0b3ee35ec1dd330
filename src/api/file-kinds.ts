/** A JSON file that was given for another one: what it is, in words, so that the error does not name fields that nobody meant. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { FINAL_FILE, KEY_FILE } from '../store/run-record.ts';

const WANTED = {
  proof: { what: 'a final proof', file: FINAL_FILE },
  key: { what: 'a verification key', file: KEY_FILE },
} as const;

/** Throws E_FORMAT where `json` is known to be something else than what was wanted; `path` is where it lies. */
export function checkFileKind(json: unknown, path: string, wanted: keyof typeof WANTED): void {
  const found = kindOf(json);
  const { what, file } = WANTED[wanted];
  if (found === what || found === undefined) return;
  const beside = join(dirname(path), file);
  throw new FoldError('E_FORMAT', `"${path}" is not ${what}.`, {
    expected: `${what}, as in ${file}`,
    got: found,
    ...(existsSync(beside) && {
      hint: wanted === 'proof' ? command`fold verify ${beside}` : command`--vk ${beside}, if you trust it`,
    }),
  });
}

/** Undefined for what may be damaged, or of a later version. */
function kindOf(json: unknown): string | undefined {
  if (Array.isArray(json))
    return json.every((value) => typeof value === 'string')
      ? 'the public inputs of a proof, as in public.json'
      : 'a list of something else';
  if (typeof json !== 'object' || json === null) return 'no object';
  const fields = json as Readonly<Record<string, unknown>>;
  if ('vk_alpha_1' in fields) return 'layerfold' in fields ? WANTED.key.what : 'a verification key of another program';
  if ('pi_a' in fields) return 'layerfold' in fields ? WANTED.proof.what : 'a proof of another program';
  if ('input_data' in fields) return 'an input';
  if (typeof fields.format === 'string') return `a file of format "${fields.format}"`;
  return 'an object without any field of either';
}
