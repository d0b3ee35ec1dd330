/**
 * What the files of a run folder say (docs/formats.md). `run.json` names every file with its digest and whether it may be
 * shared; beside it stand output, input and salts. Nothing of it is believed: a verifier recomputes what it can and
 * compares (src/api/verify-run.ts).
 */
import { z } from 'zod';
import { listOf, numbers } from './bounded.ts';
import { digestText, parseJson, sha256Text } from './json.ts';
import { MAX_PROOF_BYTES } from './proof-file.ts';

export const RUN_FILE = 'run.json';
export const PLAN_FILE = 'plan.json';
export const OUTPUT_FILE = 'output.json';
export const PROOF_FILE = 'folded.cbor';
export const INPUT_FILE = 'private/input.json';
export const PRIVATE_OUTPUT_FILE = 'private/output.json';
export const SALTS_FILE = 'private/salts.json';
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
  [PLAN_FILE]: 2 ** 16,
  [OUTPUT_FILE]: 2 ** 20,
  [PROOF_FILE]: MAX_PROOF_BYTES,
  [INPUT_FILE]: 2 ** 28,
  [PRIVATE_OUTPUT_FILE]: 2 ** 20,
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

export const outputSchema = z.strictObject({
  format: z.literal('layerfold/output'),
  version: z.literal(1),
  shape: listOf(count, 16),
  /** Raw accumulators of the readout: what the proof's output digest covers. */
  integers: numbers(4096, 'whole'),
  /** integers / 2^fraction. */
  values: numbers(4096),
  fraction: count,
  class: count,
});

const saltsSchema = z.strictObject({
  format: z.literal('layerfold/salts'),
  version: z.literal(1),
  input: digestText,
  output: digestText,
});

export const runInputSchema = z.strictObject({
  input_data: listOf(numbers(2 ** 24), 1, 1),
  input_shapes: listOf(listOf(count, 16), 1, 1),
});

export type RunRecord = z.infer<typeof runSchema>;
export type RunOutput = z.infer<typeof outputSchema>;
export type RunInput = z.infer<typeof runInputSchema>;
/** Salts of input and output digest as 0x and 64 digits; 0 for what is public. */
export type SaltsFile = z.infer<typeof saltsSchema>;
/** The record of a finished run. */
export type CompleteRun = RunRecord & { readonly statement: NonNullable<RunRecord['statement']> };
/** What is known of a run before it ends. */
export type RunHead = Pick<RunRecord, 'model' | 'key' | 'private'>;

export const parseOutput = (bytes: Uint8Array): RunOutput => parseJson(bytes, OUTPUT_FILE, outputSchema);
export const parseSalts = (bytes: Uint8Array): SaltsFile => parseJson(bytes, SALTS_FILE, saltsSchema);
export const parseRunInput = (bytes: Uint8Array): RunInput => parseJson(bytes, INPUT_FILE, runInputSchema);
