/**
 * What run.json says (docs/formats.md): it names every file of its folder with its digest and whether it may be shared. Nothing
 * of it is believed: a verifier recomputes what it can and compares (src/api/verify-run.ts).
 */
import { z } from 'zod';
import { listOf } from './bounded.ts';
import { digestText, sha256Text } from './json.ts';
import { MAX_PROOF_BYTES } from './proof-file.ts';
import { INPUT_FILE, OUTPUT_FILE, SALTS_FILE } from './run-data.ts';

export { INPUT_FILE, OUTPUT_FILE, SALTS_FILE } from './run-data.ts';

export const RUN_FILE = 'run.json';
export const PLAN_FILE = 'plan.json';
export const PROOF_FILE = 'folded.cbor';
export const PRIVATE_OUTPUT_FILE = 'private/output.json';
/** What is hidden of a batch's items. */
export const PRIVATE_ITEMS_FILE = 'private/items.jsonl';
/** The compressed proof; it is not listed, for it carries its own digest. */
export const COMPRESSED_FILE = 'compressed.cbor';
/** The final proof, in snarkjs' names. */
export const FINAL_FILE = 'proof.json';
export const PUBLIC_FILE = 'public.json';
export const KEY_FILE = 'verification_key.json';
/** The only names that a run folder may list: a listed path is joined to the folder and must not leave it. */
export const FILES = [
  PLAN_FILE,
  OUTPUT_FILE,
  PROOF_FILE,
  INPUT_FILE,
  PRIVATE_OUTPUT_FILE,
  SALTS_FILE,
  PRIVATE_ITEMS_FILE,
  FINAL_FILE,
  PUBLIC_FILE,
  KEY_FILE,
] as const;
export type RunFileName = (typeof FILES)[number];

/** Bytes that a file of that name may have. */
export const MOST_BYTES: Readonly<Record<RunFileName, number>> = {
  [PLAN_FILE]: 2 ** 22,
  [OUTPUT_FILE]: 2 ** 22,
  [PROOF_FILE]: MAX_PROOF_BYTES,
  [INPUT_FILE]: 2 ** 28,
  [PRIVATE_OUTPUT_FILE]: 2 ** 22,
  [SALTS_FILE]: 2 ** 12,
  [PRIVATE_ITEMS_FILE]: 2 ** 28,
  [FINAL_FILE]: 2 ** 20,
  [PUBLIC_FILE]: 2 ** 20,
  [KEY_FILE]: 2 ** 20,
};

/** What a run can hide. */
export const PRIVATE_PARTS = ['input', 'output', 'model'] as const;
export type PrivatePart = (typeof PRIVATE_PARTS)[number];

const count = z.int().nonnegative();

const statementSchema = z.strictObject({
  sentence: z.string().max(1000),
  parameters: digestText,
  modelDigest: digestText,
  inputDigest: digestText,
  outputDigest: digestText,
  steps: count,
  /** Of a batch. */
  root: digestText.optional(),
});

export const runSchema = z.strictObject({
  format: z.literal('layerfold/run'),
  version: z.literal(1),
  state: z.enum(['running', 'interrupted', 'failed', 'complete']),
  model: z.strictObject({
    name: z.string().max(200),
    /** Of the ONNX file; not said of a private model, whose weights it would let anyone confirm. */
    sha256: sha256Text.optional(),
    layers: count,
    layersPerStep: count,
    seed: z.int().optional(),
  }),
  key: z.strictObject({ name: z.string().max(200), insecure: z.boolean() }),
  /** What is hidden behind salted digests. */
  private: listOf(z.enum(PRIVATE_PARTS), PRIVATE_PARTS.length),
  /** Only when the state is complete. */
  statement: statementSchema.optional(),
  files: listOf(
    z.strictObject({
      path: z.enum(FILES),
      /** Not told of files in private/: a digest without salt would let anyone confirm a guess of them. */
      sha256: sha256Text.optional(),
      bytes: count.optional(),
      share: z.enum(['yes', 'no']),
    }),
    FILES.length,
  ),
});

export type RunRecord = z.infer<typeof runSchema>;
/** The record of a finished run. */
export type CompleteRun = RunRecord & { readonly statement: NonNullable<RunRecord['statement']> };
/** What is known of a run before it ends. */
export type RunHead = Pick<RunRecord, 'model' | 'key' | 'private'>;
