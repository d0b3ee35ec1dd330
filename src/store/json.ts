/** JSON as our files have it: written for people to read, and read whole, with the first wrong field named. */
import * as z from 'zod';
import { FoldError } from '../errors.ts';
import { firstIssue } from './bounded.ts';

/** A digest or a salt. */
export const digestText = z.string().regex(/^0x[0-9a-f]{64}$/, '0x and 64 hexadecimal digits');
/** The same as a number, which may be as large as the text allows. */
export const digestNumber = digestText.transform((text) => BigInt(text));
/** Of a file. */
export const sha256Text = z.string().regex(/^[0-9a-f]{64}$/);

/** Indented, with a newline at the end: people read these files. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** @param name of the file. @throws E_FORMAT for what is not JSON or not of this schema, naming the field */
export function parseJson<T>(bytes: Uint8Array, name: string, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FoldError('E_FORMAT', `${name} is not JSON.`, { got: (cause as Error).message, cause });
  }
  return parseValue(json, name, schema);
}

/** The same of JSON that is no text any more. @throws E_FORMAT */
export function parseValue<T>(json: unknown, name: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FoldError('E_FORMAT', `${name} has a wrong field.`, firstIssue(parsed.error));
}

export const parseAnyJson = (bytes: Uint8Array, name: string): unknown => parseJson(bytes, name, z.unknown());

/** The lines of a text, one after another: never all of them at once, for a line may be of no byte. */
export function* linesOf(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}

/** Undefined for what is not JSON: a line that a kill cut short. */
export function jsonIfWhole(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
