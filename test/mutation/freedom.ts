/**
 * Which rows of a circuit can be left out without giving a prover any freedom, to first order: the rows whose gradient at a
 * satisfying witness is a combination of the others'. Every other row is needed there: without it some direction leads to
 * witnesses that violate that row and no other.
 *
 * Bits stand still (b (b - 1) = 0 has no direction); that a row over bits alone is needed is shown by flips and forged witnesses (forge.ts).
 *
 * The rows are peeled first: one that has a variable which no other row mentions is needed, and with it goes its variable. Of
 * what is left nearly every row defines a variable that is new in it. Those rows are independent; of the few others, which
 * assert something, each is followed back to the free variables (reverse differentiation), and what vanishes there is a
 * combination of rows that says nothing.
 */
import { field } from '../../src/algebra/field.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import { isBit, type RecordedRow, type Recorder } from './recorder.ts';

/** Coefficients by variable, none of them zero. */
export type Gradient = ReadonlyMap<number, bigint>;
type Sparse = Map<number, bigint>;

export function gradientOf(recorder: Recorder, row: Pick<RecordedRow, 'products' | 'sbox'>): Gradient {
  const p = recorder.modulus;
  const gradient: Sparse = new Map();
  const add = (scale: bigint, { vars, coefs }: LinearForm): void => {
    if (scale === 0n) return;
    vars.forEach((v, k) => {
      if (v !== 0 && !isBit(v)) gradient.set(v, ((gradient.get(v) ?? 0n) + scale * coefs[k]!) % p);
    });
  };
  for (const [a, b] of row.products) {
    add(recorder.value(b), a);
    add(recorder.value(a), b);
  }
  if (row.sbox) {
    const [input, output] = row.sbox;
    const square = recorder.value(input) ** 2n % p;
    add((5n * square * square) % p, input);
    add(p - 1n, output);
  }
  for (const [v, c] of gradient) if (c === 0n) gradient.delete(v);
  return gradient;
}

/** The span of all gradients of a recording. */
export class Span {
  /** Indices of the rows that are combinations of others; a row without a gradient is one. */
  readonly redundant: ReadonlySet<number>;
  readonly #gradients: readonly Gradient[];
  readonly #modulus: bigint;
  readonly #peeled: readonly Peeled[];
  readonly #defining: readonly Defining[];
  readonly #rest: readonly Defining[];

  constructor(gradients: readonly Gradient[], modulus: bigint) {
    this.#gradients = gradients;
    this.#modulus = modulus;
    const { peeled, core } = peel(gradients);
    this.#peeled = peeled;
    const { defining, asserting } = define(gradients, core, modulus);
    this.#defining = defining;
    const traced = asserting.map(({ row, from }) => trace(row, from, defining, modulus));
    const { redundant, pivots } = combine(traced, modulus);
    this.redundant = redundant;
    this.#rest = pivots;
  }

  /** Coefficients of the rows whose sum a vector is; undefined for a vector outside the span. */
  express(vector: Gradient): Gradient | undefined {
    const [F, p] = [field(this.#modulus), this.#modulus];
    const [row, from]: Sparse[] = [new Map(vector), new Map()];
    for (const { row: index, pivot } of this.#peeled) {
      const c = row!.get(pivot);
      if (c === undefined) continue;
      const scale = F.neg(F.mul(c, F.inv(this.#gradients[index]!.get(pivot)!)));
      axpy(row!, scale, this.#gradients[index]!, p);
      axpy(from!, scale, new Map([[index, 1n]]), p);
    }
    const traced = trace(row!, from!, this.#defining, p);
    reduce(traced, this.#rest, F);
    if (traced.row.size > 0) return undefined;
    return new Map([...traced.from].map(([k, c]) => [k, F.neg(c)]));
  }
}

interface Peeled {
  readonly row: number;
  /** A variable that no row mentions which is left after this one. */
  readonly pivot: number;
}

/** The rows that are left, in order, when those with a variable of their own are taken away again and again. */
function peel(gradients: readonly Gradient[]): { readonly peeled: Peeled[]; readonly core: number[] } {
  const rowsOf = new Map<number, Set<number>>();
  gradients.forEach((gradient, row) => {
    for (const v of gradient.keys()) {
      const rows = rowsOf.get(v);
      if (rows) rows.add(row);
      else rowsOf.set(v, new Set([row]));
    }
  });
  const left = new Set(gradients.keys());
  const peeled: Peeled[] = [];
  const queue = [...rowsOf].filter(([, rows]) => rows.size === 1);
  for (let next = queue.pop(); next; next = queue.pop()) {
    const [pivot, [row]] = [next[0], next[1]];
    if (row === undefined) continue;
    left.delete(row);
    peeled.push({ row, pivot });
    for (const v of gradients[row]!.keys()) {
      const others = rowsOf.get(v)!;
      others.delete(row);
      if (others.size === 1) queue.push([v, others]);
    }
  }
  return { peeled, core: [...left].sort((a, b) => a - b) };
}

interface Reduced {
  /** A combination of given rows. */
  readonly row: Sparse;
  /** Which. */
  readonly from: Sparse;
}
interface Defining extends Reduced {
  /** Where `row` is 1; no defining row before it mentions it. */
  readonly pivot: number;
}

/** Variables are new for so many rows after the first that mentions them: a round of a ladder defines four in four rows. */
const WINDOW = 6;

function define(
  gradients: readonly Gradient[],
  core: readonly number[],
  modulus: bigint,
): { readonly defining: Defining[]; readonly asserting: Reduced[] } {
  const F = field(modulus);
  const firstMention = new Map<number, number>();
  core.forEach((index, at) => {
    for (const v of gradients[index]!.keys()) if (!firstMention.has(v)) firstMention.set(v, at);
  });
  const defining: Defining[] = [];
  const asserting: Reduced[] = [];
  let recent: (Defining & { readonly at: number })[] = [];
  core.forEach((index, at) => {
    recent = recent.filter((d) => at - d.at < WINDOW);
    const row: Sparse = new Map(gradients[index]!);
    const from: Sparse = new Map([[index, 1n]]);
    for (const d of recent) {
      const c = row.get(d.pivot);
      if (c === undefined) continue;
      axpy(row, F.neg(c), d.row, modulus);
      axpy(from, F.neg(c), d.from, modulus);
    }
    const pivot = [...row.keys()].filter((v) => at - firstMention.get(v)! < WINDOW).at(-1);
    if (pivot === undefined) {
      asserting.push({ row, from });
      return;
    }
    const inverse = F.inv(row.get(pivot)!);
    for (const part of [row, from]) for (const [k, c] of part) part.set(k, F.mul(c, inverse));
    for (const d of recent) {
      const c = d.row.get(pivot);
      if (c === undefined) continue;
      axpy(d.row, F.neg(c), row, modulus);
      axpy(d.from, F.neg(c), from, modulus);
    }
    const made = { row, from, pivot, at };
    defining.push(made);
    recent.push(made);
  });
  return { defining, asserting };
}

/** Expresses an asserting row by free variables, from the last defining row to the first. */
function trace(row: Sparse, from: Sparse, defining: readonly Defining[], modulus: bigint): Reduced {
  const [rest, used] = [new Map(row), new Map(from)];
  for (let k = defining.length - 1; k >= 0; k--) {
    const d = defining[k]!;
    const c = rest.get(d.pivot);
    if (c === undefined) continue;
    axpy(rest, modulus - c, d.row, modulus);
    axpy(used, modulus - c, d.from, modulus);
  }
  return { row: rest, from: used };
}

/** Supports of all combinations of these rows that vanish, and the rows as steps. */
function combine(
  rows: readonly Reduced[],
  modulus: bigint,
): { readonly redundant: Set<number>; readonly pivots: Defining[] } {
  const F = field(modulus);
  const pivots: Defining[] = [];
  const redundant = new Set<number>();
  for (const reduced of rows) {
    reduce(reduced, pivots, F);
    const { row, from } = reduced;
    const [pivot] = row.keys();
    if (pivot === undefined) for (const k of from.keys()) redundant.add(k);
    else {
      const inverse = F.inv(row.get(pivot)!);
      for (const part of [row, from]) for (const [k, c] of part) part.set(k, F.mul(c, inverse));
      pivots.push({ row, from, pivot });
    }
  }
  return { redundant, pivots };
}

function reduce({ row, from }: Reduced, by: readonly Defining[], F: ReturnType<typeof field>): void {
  for (const d of by) {
    const c = row.get(d.pivot);
    if (c === undefined) continue;
    axpy(row, F.neg(c), d.row, F.modulus);
    axpy(from, F.neg(c), d.from, F.modulus);
  }
}

/** target += scale source. */
function axpy(target: Sparse, scale: bigint, source: Gradient, modulus: bigint): void {
  for (const [k, c] of source) {
    const sum = ((target.get(k) ?? 0n) + scale * c) % modulus;
    if (sum === 0n) target.delete(k);
    else target.set(k, sum);
  }
}
