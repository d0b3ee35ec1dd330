/**
 * What goes through Redis: jobs, how far they are, how they ended. Digests and figures, nothing large and nothing secret. Whoever reads
 * any of it takes it for something from a stranger: bounded, strict, and believed only as far as it was checked.
 */
import { z } from 'zod';
import { EXIT_CODES, FoldError } from '../errors.ts';
import { PROGRESS_UNITS, type ProgressEvent } from '../events.ts';
import { stageName } from '../show/ndjson.ts';
import { entriesOf, firstIssue, listOf } from '../store/bounded.ts';
import { sha256Json } from '../store/digest.ts';
import { digestText, sha256Text } from '../store/json.ts';

const amount = z.number().nonnegative();
const name = z.string().max(200);

const KINDS = ['fold', 'wrap'] as const;
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
  z.strictObject({
    type: z.literal('progress'),
    stage: stageName,
    done: amount,
    total: amount,
    unit: z.enum(PROGRESS_UNITS),
    secondsLeft: amount,
  }),
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

export const encodeNote = (note: JobNote): string =>
  JSON.stringify({ format: 'layerfold/job-note', version: 1, ...note });
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
export function decodeFailure(reason: string | undefined): FoldError {
  let known: z.infer<typeof failureSchema> | undefined;
  try {
    known = failureSchema.safeParse(JSON.parse(reason ?? '')).data;
  } catch {
    known = undefined;
  }
  if (known && known.code in EXIT_CODES) {
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
