/** What lies in the content store of a batch (docs/formats.md), sealed where the batch has a key: strict, and bounded. */
import { z } from 'zod';
import { CIRCUITS } from '../api/load-network.ts';
import { MAX_ITEMS } from '../folding/batch-tree.ts';
import { MAX_FILES } from '../ir/onnx/load-network.ts';
import { listOf, numbers } from '../store/bounded.ts';
import { digestNumber, jsonBytes, parseJson, sha256Text } from '../store/json.ts';
import { runInputSchema } from '../store/run-data.ts';
import { PRIVATE_PARTS } from '../store/run-record.ts';
import { hex } from '../units.ts';
import type { Seal } from './secrets.ts';

const name = z.string().max(200);
const interval = z.union([
  z.strictObject({ steps: z.int().positive() }),
  z.strictObject({ seconds: z.int().positive() }),
]);

/** Dimensions that a network may have names for. */
const MAX_DIMENSIONS = 1024;

/** A network and the circuit that the submitter read it for: a worker must not come to another one. */
const modelSchema = z.union([
  z.strictObject({
    network: name,
    circuit: z.enum(CIRCUITS),
    layers: z.int().positive().optional(),
    seed: z.int().nonnegative().optional(),
  }),
  z.strictObject({
    onnx: sha256Text,
    name,
    circuit: z.enum(CIRCUITS),
    layers: z.int().positive().optional(),
    /** Files of data that the model names. */
    external: listOf(z.strictObject({ location: z.string().max(10_000), content: sha256Text }), MAX_FILES).optional(),
    dims: listOf(z.tuple([z.string().max(10_000), z.int().positive()]), MAX_DIMENSIONS).optional(),
  }),
]);

/** What all jobs of a batch share. */
const specSchema = z.strictObject({
  format: z.literal('layerfold/queue-spec'),
  version: z.literal(1),
  model: modelSchema,
  /** Parsed by the plan's own parser. */
  plan: z.unknown(),
  /** Which commitment key; that of a ceremony each worker has itself. */
  key: z.enum(['transparent', 'development', 'ceremony']),
  private: listOf(z.enum(PRIVATE_PARTS), PRIVATE_PARTS.length),
  modelSalt: digestNumber,
  checkpointEvery: interval,
});
export type Spec = z.infer<typeof specSchema>;

const saltsSchema = z.strictObject({ input: digestNumber, output: digestNumber });

/** What a chain is folded over: its items in order, and whether they have a root. */
const foldSchema = z.strictObject({
  format: z.literal('layerfold/queue-items'),
  version: z.literal(1),
  batch: z.boolean(),
  items: listOf(z.strictObject({ id: z.string().max(100), input: runInputSchema, salts: saltsSchema }), MAX_ITEMS, 1),
});
export type FoldItems = z.infer<typeof foldSchema>;

/** What a final proof is made of, beside its folded proof. */
const wrapSchema = z.strictObject({
  format: z.literal('layerfold/queue-wrap'),
  version: z.literal(1),
  folded: sha256Text,
  /** What opens the readout; none of a program, which has no readout. */
  logits: numbers(4096, 'whole'),
  salt: digestNumber,
  reveal: z.enum(['class', 'nothing']),
  groth16: z.enum(['native', 'snarkjs']).optional(),
});

const head = { version: 1 } as const;

/** Digests and salts as text. */
function plainJson(value: unknown): Uint8Array {
  return jsonBytes(JSON.parse(JSON.stringify(value, (_, entry) => (typeof entry === 'bigint' ? hex(entry) : entry))));
}

/** One kind of object in the store: how it is sealed and parsed. */
function content<T extends { readonly format: string; readonly version: 1 }>(
  schema: z.ZodType<T>,
  format: T['format'],
) {
  return {
    encode: (seal: Seal, value: Omit<T, 'format' | 'version'>): Uint8Array =>
      seal.seal(format, plainJson({ format, ...head, ...value })),
    /** @throws E_KEY, E_FORMAT */
    decode: (seal: Seal, bytes: Uint8Array): T => parseJson(seal.open(format, bytes), format, schema),
  };
}
export const SPEC = content(specSchema, 'layerfold/queue-spec');
export const ITEMS = content(foldSchema, 'layerfold/queue-items');
export const WRAP = content(wrapSchema, 'layerfold/queue-wrap');
/** Purposes under which other objects are sealed. */
export const MODEL_PURPOSE = 'layerfold/queue-model';
export const PROOF_PURPOSE = 'layerfold/queue-proof';
export const CHECKPOINT_PURPOSE = 'layerfold/queue-checkpoint';
