/**
 * What goes through Redis, and what lies in the content store (docs/formats.md). A job names its work by digests: of the specification
 * that all jobs of a batch share, of its items, and of what is to be proven. Whoever reads any of it takes it for
 * something from a stranger: bounded, strict, and believed only as far as it was checked.
 */
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import type { ProgressEvent } from '../events.ts';
import { MAX_ITEMS } from '../folding/batch-tree.ts';
import { stageName } from '../show/ndjson.ts';
import { entriesOf, firstIssue, listOf, numbers } from '../store/bounded.ts';
import { sha256Json } from '../store/digest.ts';
import { digestNumber, digestText, jsonBytes, parseJson, sha256Text } from '../store/json.ts';
import { PRIVATE_PARTS, runInputSchema } from '../store/run-record.ts';
import { hex } from '../units.ts';
import type { Seal } from './secrets.ts';

const amount = z.number().nonnegative();
const name = z.string().max(200);
const interval = z.union([
  z.strictObject({ steps: z.int().positive() }),
  z.strictObject({ seconds: z.int().positive() }),
]);

/** What all jobs of a batch share. */
const specSchema = z.strictObject({
  format: z.literal('layerfold/queue-spec'),
  version: z.literal(1),
  model: z.union([
    z.strictObject({ network: name, layers: z.int().positive().optional(), seed: z.int().nonnegative().optional() }),
    z.strictObject({ onnx: sha256Text, name, layers: z.int().positive().optional() }),
  ]),
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
  logits: numbers(4096, 'whole', 1),
  salt: digestNumber,
  reveal: z.enum(['class', 'nothing']),
  groth16: z.enum(['native', 'snarkjs']).optional(),
});
export type WrapItem = z.infer<typeof wrapSchema>;

export const KINDS = ['fold', 'wrap'] as const;
export type Kind = (typeof KINDS)[number];

const statementSchema = z.strictObject({
  parameters: digestText,
  modelDigest: digestText,
  inputDigest: digestText,
  outputDigest: digestText,
  steps: z.int().positive(),
  root: digestText.optional(),
});

/** A job as Redis has it. */
const jobSchema = z.strictObject({
  format: z.literal('layerfold/job'),
  version: z.literal(1),
  kind: z.enum(KINDS),
  /** Which batch: what its jobs share, in 16 digits. */
  batch: z.string().regex(/^[0-9a-f]{16}$/),
  /** Of a batch in one proof: its name. */
  item: z.string().max(100),
  /** Objects of the content store. */
  spec: sha256Text,
  content: sha256Text,
  /** What is to be proven. */
  statement: statementSchema,
  /** The batch key under which both are sealed. */
  keyId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  /** Workers whose results were false. */
  avoid: listOf(name, 20),
});
export type JobPayload = z.infer<typeof jobSchema>;
/** Digests of what a job proves, as `Statement` has them. */
export type Asked = JobPayload['statement'];

/** What a worker returns through Redis; the result itself lies in the store. */
const resultSchema = z.strictObject({
  format: z.literal('layerfold/job-result'),
  version: z.literal(1),
  worker: name,
  content: sha256Text,
  threads: z.int().positive(),
  seconds: amount,
  busy: amount,
  peakMemory: amount,
  partSeconds: entriesOf(z.string().max(40), amount, 100),
});
export type JobResult = z.infer<typeof resultSchema>;

/** Events of the library that travel: those of progress, without files. */
const eventSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('stage-start'), stage: stageName }),
  z.strictObject({ type: z.literal('stage-end'), stage: stageName, seconds: amount }),
  z.strictObject({ type: z.literal('progress'), stage: stageName, done: amount, total: amount }),
  z.strictObject({
    type: z.literal('step'),
    from: amount,
    step: amount,
    steps: amount,
    layers: amount,
    seconds: amount,
    secondsLeft: amount,
    busy: listOf(amount, 1024),
    rss: amount,
  }),
]);
const refusalSchema = z.strictObject({ code: z.string().max(40), message: z.string().max(1000) });
const progressSchema = z.strictObject({
  worker: name,
  events: listOf(eventSchema, 1024),
  /** Why the worker gave the job back without having done it. */
  refused: refusalSchema.optional(),
});
export type JobProgress = Omit<z.infer<typeof progressSchema>, 'events'> & {
  readonly events: readonly ProgressEvent[];
};

/** What is known of a job whatever happens to Redis. */
const noteSchema = z.strictObject({
  format: z.literal('layerfold/job-note'),
  version: z.literal(1),
  checkpoint: sha256Text.optional(),
  result: resultSchema.optional(),
});
export type JobNote = Pick<z.infer<typeof noteSchema>, 'checkpoint' | 'result'>;

/** How a job failed, as its reason in Redis. */
const failureSchema = z.strictObject({
  code: z.string().max(40),
  message: z.string().max(1000),
  expected: z.string().max(1000).optional(),
  got: z.string().max(1000).optional(),
  hint: z.string().max(1000).optional(),
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

export const makeJob = (job: Omit<JobPayload, 'format' | 'version'>): JobPayload => ({
  ...{ format: 'layerfold/job', version: 1 },
  ...job,
});
export const makeResult = (result: Omit<JobResult, 'format' | 'version'>): JobResult => ({
  ...{ format: 'layerfold/job-result', version: 1 },
  ...result,
});

/** What Redis told, parsed; @throws E_FORMAT */
export const parseJob = (value: unknown): JobPayload => parsed(value, 'The job', jobSchema);
export const parseResult = (value: unknown): JobResult => parsed(value, 'The result of the job', resultSchema);
export const parseProgress = (value: unknown): JobProgress =>
  parsed(value, 'The progress of the job', progressSchema) as JobProgress;

export const encodeNote = (note: JobNote): string => JSON.stringify({ format: 'layerfold/job-note', ...head, ...note });
/** Undefined for what is no note: nothing is known then. */
export function parseNote(text: string | undefined): JobNote | undefined {
  try {
    return text === undefined ? undefined : noteSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** An error as the reason of a failed job. */
export function encodeFailure({ code, message, expected, got, hint }: FoldError): string {
  const short = (text: string | undefined): string | undefined => text?.slice(0, 1000);
  return JSON.stringify({
    code,
    message: short(message),
    expected: short(expected),
    got: short(got),
    hint: short(hint),
  });
}

/** The error again; what BullMQ itself says, or a library, is E_WORKER. */
export function decodeFailure(reason: string | undefined, codes: ReadonlySet<string>): FoldError {
  let known: z.infer<typeof failureSchema> | undefined;
  try {
    known = failureSchema.safeParse(JSON.parse(reason ?? '')).data;
  } catch {
    known = undefined;
  }
  if (known && codes.has(known.code)) {
    const { code, message, ...facts } = known;
    return new FoldError(code as FoldError['code'], message, withoutUndefined(facts));
  }
  return new FoldError('E_WORKER', 'A worker of the queue could not do a job.', { got: (reason ?? '').slice(0, 300) });
}

const withoutUndefined = (facts: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).filter((entry): entry is [string, string] => entry[1] !== undefined));

function parsed<T>(value: unknown, what: string, schema: z.ZodType<T>): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  throw new FoldError('E_FORMAT', `${what} has a wrong field.`, firstIssue(found.error));
}

/**
 * Of a job: what it proves, and for the final proof how. Two submitters of the same work have the same jobs.
 * @param attempt counted from 1: another one after a false result
 */
export function jobId(kind: Kind, statement: Asked, how: unknown, attempt: number): string {
  const base = `${kind}-${sha256Json({ kind, statement, how })}`;
  return attempt === 1 ? base : `${base}-${attempt}`;
}
