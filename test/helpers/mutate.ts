/**
 * Systematic mutation of a nested value: every leaf, every list and every point of it is found by walking, so that a
 * field that is added later is attacked without a change here. Copies share everything but the path that changes.
 */
import type { Affine } from '../../src/algebra/params.ts';

export type Path = readonly (string | number)[];

export interface Found<T> {
  readonly path: Path;
  readonly value: T;
}

type Leaf = bigint | number | Uint8Array;

const isLeaf = (v: unknown): v is Leaf => typeof v === 'bigint' || typeof v === 'number' || v instanceof Uint8Array;
const isPoint = (v: unknown): v is Affine =>
  typeof v === 'object' && v !== null && Object.keys(v).sort().join() === 'x,y' && Object.values(v).every(isLeaf);

/** Everything inside `root` (root included) that `is` accepts, in order. */
function find<T>(root: unknown, is: (v: unknown) => v is T, path: Path = []): Found<T>[] {
  const here = is(root) ? [{ path, value: root }] : [];
  if (isLeaf(root) || typeof root !== 'object' || root === null) return here;
  const entries: [string | number, unknown][] = Array.isArray(root) ? [...root.entries()] : Object.entries(root);
  return [...here, ...entries.flatMap(([key, value]) => find(value, is, [...path, key]))];
}

export const integersOf = (root: unknown): Found<bigint | number>[] =>
  find(root, (v): v is bigint | number => isLeaf(v) && !(v instanceof Uint8Array));
export const byteArraysOf = (root: unknown): Found<Uint8Array>[] =>
  find(root, (v): v is Uint8Array => v instanceof Uint8Array);
export const listsOf = (root: unknown): Found<readonly unknown[]>[] =>
  find(root, (v): v is readonly unknown[] => Array.isArray(v));
export const pointsOf = (root: unknown): Found<Affine>[] => find(root, isPoint);

/** `root` with the value at `path` replaced; nothing is changed in place. */
export function replaced<T>(root: T, path: Path, value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const child = (root as Record<string | number, unknown>)[key];
  const next = replaced(child, rest, value);
  if (Array.isArray(root)) return root.map((item, k) => (k === key ? next : item)) as T;
  return { ...root, [key]: next };
}

/** A copy of `bytes` with the byte at `at` changed. */
export function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = byte;
  return copy;
}

/** First, last and one seeded element in between of n; fewer when there are fewer. */
export function sampleOf(n: number, seed: number): number[] {
  const between = 1 + ((Math.imul(seed + 1, 2654435761) >>> 0) % Math.max(1, n - 2));
  return [...new Set([0, Math.min(between, n - 1), n - 1])];
}
