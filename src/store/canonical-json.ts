/**
 * JSON has many spellings of one value; what is hashed or compared is one canonical form: keys sorted by UTF-16 code units, no
 * white space, numbers as ECMAScript writes them (RFC 8785's choices).
 */
import { FoldError } from '../errors.ts';

/**
 * The canonical text of a JSON value.
 * @throws E_BUG for what JSON cannot hold without loss: undefined, functions, bigint, NaN, infinities
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonicalJson(entry)).join(',')}]`;
  if (isPlainObject(value)) {
    const entries = Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
    return `{${entries.join(',')}}`;
  }
  throw new FoldError('E_BUG', 'A value without a canonical JSON form was to be hashed.', { got: typeof value });
}

/** Class instances, maps and byte arrays are not what JSON would make of them. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
