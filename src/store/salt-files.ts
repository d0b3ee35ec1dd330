/**
 * Salts on disk: a model's, kept beside the model so that the same private model has one digest in every run, and a
 * run's, in its private/ folder. Whoever has a salt and a guess of the data can confirm the guess, so the files are 0600.
 */
import { z } from 'zod';
import { R } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import { hex } from '../units.ts';
import { writeFileAtomic } from './atomic.ts';
import { issueText } from './bounded.ts';
import { digestNumber, jsonBytes, jsonIfWhole } from './json.ts';
import { readIfThere } from './read.ts';
import type { SaltsFile } from './run-data.ts';

const modelSaltSchema = z.strictObject({
  format: z.literal('layerfold/model-salt'),
  version: z.literal(1),
  salt: digestNumber,
});

/** The content of private/salts.json. */
export function saltsFile({ input, output }: { readonly input: bigint; readonly output: bigint }): Uint8Array {
  return jsonBytes({
    format: 'layerfold/salts',
    version: 1,
    input: hex(input),
    output: hex(output),
  } satisfies SaltsFile);
}

/**
 * The salt of a model from its file; undefined where there is none.
 * @throws E_FORMAT for anything but a salt, E_FILE
 */
export async function readModelSalt(path: string): Promise<bigint | undefined> {
  const bytes = await readIfThere(path, 2 ** 12);
  if (!bytes) return undefined;
  const parsed = modelSaltSchema.safeParse(jsonIfWhole(new TextDecoder().decode(bytes)));
  const salt = parsed.success ? parsed.data.salt : 0n;
  if (salt > 0n && salt < R) return salt;
  throw new FoldError('E_FORMAT', `"${path}" is no salt of a model.`, {
    expected: 'the file that the first private run of this model made',
    got: parsed.success ? 'a number outside the field' : issueText(parsed.error),
    hint: 'Without its salt a private model gets another digest; a new one is made where there is no file.',
  });
}

/** @throws E_DISK */
export async function writeModelSalt(path: string, salt: bigint): Promise<void> {
  await writeFileAtomic(path, jsonBytes({ format: 'layerfold/model-salt', version: 1, salt: hex(salt) }), {
    mode: 0o600,
    elsewhere: '--model-salt FILE names another place',
  });
}
