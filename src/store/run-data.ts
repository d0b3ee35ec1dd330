/**
 * The data of a run as its folder holds them (docs/formats.md): output, input and salts. Nothing of them is believed: they are
 * those of a proof when their digests are (src/api/proven-data.ts).
 */
import * as z from 'zod';
import { listOf, numbers } from './bounded.ts';
import { digestText, parseJson } from './json.ts';

export const OUTPUT_FILE = 'output.json';
export const INPUT_FILE = 'private/input.json';
export const SALTS_FILE = 'private/salts.json';

const count = z.int().nonnegative();

export const outputSchema = z.strictObject({
  format: z.literal('layerfold/output'),
  version: z.literal(1),
  shape: listOf(count, 16),
  /** Raw accumulators of the readout: what the proof's output digest covers. */
  integers: numbers(2 ** 20, 'whole'),
  /** integers / 2^fraction; of a program of the machine integers / the scale of its output. */
  values: numbers(2 ** 20),
  fraction: count.optional(),
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

/** The content of output.json. */
export type RunOutput = z.infer<typeof outputSchema>;
/** The content of private/input.json. */
export type RunInput = z.infer<typeof runInputSchema>;
/** Salts of input and output digest as 0x and 64 digits; 0 for what is public. */
export type SaltsFile = z.infer<typeof saltsSchema>;

/** @throws E_FORMAT naming the field, as the others */
export const parseOutput = (bytes: Uint8Array): RunOutput => parseJson(bytes, OUTPUT_FILE, outputSchema);
export const parseSalts = (bytes: Uint8Array): SaltsFile => parseJson(bytes, SALTS_FILE, saltsSchema);
export const parseRunInput = (bytes: Uint8Array): RunInput => parseJson(bytes, INPUT_FILE, runInputSchema);
