/** The lines of --json and --stream (docs/formats.md): events while a verb works, then one result or one error. */
import { z } from 'zod';
import { PROGRESS_UNITS } from '../events.ts';
import { digestText, sha256Text } from '../store/json.ts';

export const stageName = z.enum([
  'integers',
  'circuit',
  'check',
  'commit',
  'fold',
  'verify',
  'write',
  'compress',
  'wrap-circuit',
  'setup',
  'wrap-prepare',
  'wrap-witness',
  'groth16',
  'final-verify',
  'members',
]);
const amount = z.number().nonnegative();
const line = {
  schema: z.literal('layerfold/line/1'),
  time: z.iso.datetime(),
  /** Of a streamed line. */
  id: z.string().optional(),
  /** Of a batch's event: the item that it is about. */
  itemId: z.string().optional(),
};

const facts = { expected: z.string().optional(), got: z.string().optional(), hint: z.string().optional() };

/** Schema of one line. */
export const Line = z.discriminatedUnion('type', [
  z.strictObject({ ...line, type: z.literal('stage-start'), stage: stageName }),
  z.strictObject({ ...line, type: z.literal('stage-end'), stage: stageName, seconds: amount }),
  z.strictObject({
    ...line,
    type: z.literal('progress'),
    stage: stageName,
    done: amount,
    total: amount,
    unit: z.enum(PROGRESS_UNITS),
    secondsLeft: amount,
  }),
  z.strictObject({
    ...line,
    type: z.literal('step'),
    from: amount,
    step: amount,
    steps: amount,
    layers: amount,
    seconds: amount,
    secondsLeft: amount,
    busy: z.array(amount),
    rss: amount,
  }),
  z.strictObject({ ...line, type: z.literal('check'), name: z.string() }),
  z.strictObject({
    ...line,
    type: z.literal('checkpoint'),
    seq: amount,
    runId: z.uuid(),
    itemId: z.string().nullable(),
    step: amount,
    steps: amount,
    layers: amount,
    modelDigest: digestText,
    planDigest: digestText,
    inputDigest: digestText,
    activationDigest: digestText.nullable(),
    file: z.string(),
    bytes: amount,
    sha256: sha256Text,
    previousSha256: sha256Text.nullable(),
    selfVerified: z.boolean(),
    etaSecs: amount,
    rss: amount,
  }),
  /** Streamed, it is the code alone. */
  z.strictObject({ ...line, type: z.literal('warning'), code: z.string(), message: z.string().optional(), ...facts }),
  /** What is known before the result: the prediction, the budget. */
  z.looseObject({ ...line, type: z.literal('fact'), name: z.string() }),
  z.looseObject({ ...line, type: z.literal('result'), verb: z.string() }),
  z.strictObject({
    ...line,
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    ...facts,
    exitCode: z.int(),
  }),
  /** Streams only: lines that this reader was too slow for. */
  z.strictObject({ ...line, type: z.literal('gap'), lost: amount }),
  /** Streams only: the last line of all. */
  z.strictObject({ ...line, type: z.literal('end'), exitCode: z.int(), code: z.string().nullable() }),
]);

/** What a line says. Digests are written as 0x and 64 digits before they come here. */
export type LineBody = { readonly type: string } & Readonly<Record<string, unknown>>;

/** One line of text for an event or a result. */
export function jsonLine(body: LineBody): string {
  return JSON.stringify({ schema: 'layerfold/line/1', time: new Date().toISOString(), ...body });
}
