/**
 * What the threads of a Groth16 proof can do. They read the key's sections by
 * ranges, so that nowhere more of it is in memory than what is being worked on; the witness and the vectors over the domain
 * are shared memory.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { add } from '../../../algebra/curve.ts';
import { FIELD_BYTES } from '../../../algebra/engine.ts';
import { FR } from '../../../algebra/module/engine.ts';
import { G1_PARAMS } from '../../../algebra/params.ts';
import { FoldError, invariant } from '../../../errors.ts';
import { ENTRY_BYTES, type EntryRows, entryBlocks } from '../entries.ts';
import { SUM_SCALE } from './entry-sums.ts';
import { byKind } from './kinds.ts';
import { createProverKernels, type ProverKernels, scaled } from './module.ts';
import { Transform } from './transform.ts';

/** .zkey files have Montgomery form with 2^256, we with 2^261. */
const FORM_RATIO = 1n << 5n;
const ENTRIES_PER_BLOCK = 1 << 14;
const ELEMENTS_PER_TURN = 1 << 15;

export interface ProverData {
  readonly path: string;
  readonly signals: number;
  /** The domain has 2^power elements. */
  readonly power: number;
  /** Canonical. */
  readonly witness: Uint8Array;
  /** A and B on the domain; `quotient` overwrites the first with the scalars of H. Like the next in internal form. */
  readonly values: readonly [Uint8Array, Uint8Array];
  /** A and B on the odd roots of twice the order. */
  readonly odd: readonly [Uint8Array, Uint8Array];
}

export type ProofTasks = Awaited<ReturnType<typeof proofTasks>>;

export async function proofTasks(data: ProverData) {
  const kernels = await createProverKernels();
  return {
    evaluate: (input: EvaluateInput): void => evaluate(kernels, data, input),
    quotient: (_: Record<string, never>): void => quotient(kernels, data),
    sum: (input: SumInput): bigint[] => sum(kernels, data, input),
  };
}

export interface EvaluateInput {
  readonly matrix: 0 | 1;
  /** Of that matrix alone. */
  readonly rows: EntryRows;
}

/** Values of A (0) or B (1). Rows come short of the internal form by SUM_SCALE; `odd` does not. */
function evaluate({ module, fr }: ProverKernels, data: ProverData, { matrix, rows: own }: EvaluateInput): void {
  const { arena } = module;
  const bytes = FIELD_BYTES << data.power;
  arena.scratch(() => {
    const rows = arena.alloc(bytes);
    arena.view(rows, bytes, (view) => view.fill(0));
    arena.scratch(() => {
      const witness = arena.put(data.witness);
      const block = arena.alloc(ENTRIES_PER_BLOCK * ENTRY_BYTES);
      const sums = module.fn(`${FR}_entry_sums`);
      for (const entries of entryBlocks(own, ENTRIES_PER_BLOCK)) {
        arena.write(block, entries);
        const count = entries.length / ENTRY_BYTES;
        const good = sums(block, count, matrix, witness, data.signals, rows, 2 ** data.power);
        invariant(good === count, 'a circuit has rows and signals that it does not have');
      }
    });
    arena.view(rows, bytes, (view) => data.values[matrix].set(view));
    new Transform(module, fr, data.power).toOddRoots(rows, SUM_SCALE);
    arena.view(rows, bytes, (view) => data.odd[matrix].set(view));
  });
}

/** With both matrices evaluated: C = A B on the domain, then the scalars of H, A B - C on the odd roots. */
function quotient({ module, fr }: ProverKernels, data: ProverData): void {
  const { arena } = module;
  const bytes = FIELD_BYTES << data.power;
  const multiply = module.fn(`${FR}_vec_mul`);
  const subtract = module.fn(`${FR}_vec_sub`);
  const turns = (body: (from: number, size: number) => void): void => {
    for (let from = 0; from < bytes; from += ELEMENTS_PER_TURN * FIELD_BYTES) {
      arena.scratch(() => body(from, Math.min(ELEMENTS_PER_TURN * FIELD_BYTES, bytes - from)));
    }
  };
  arena.scratch(() => {
    const c = arena.put(data.values[0]);
    turns((from, size) => {
      const b = arena.put(data.values[1].subarray(from, from + size));
      multiply(c + from, b, c + from, size / FIELD_BYTES);
    });
    arena.scratch(() => new Transform(module, fr, data.power).toOddRoots(c, SUM_SCALE * SUM_SCALE));
    turns((from, size) => {
      const [a, b] = data.odd.map((v) => arena.put(v.subarray(from, from + size))) as [number, number];
      const n = size / FIELD_BYTES;
      multiply(a, b, a, n);
      subtract(a, c + from, a, n);
      arena.view(a, size, (view) => data.values[0].set(view, from));
    });
  });
}

export interface SumInput {
  readonly group: 'g1' | 'g2';
  /** Where the first point is in the file, and how many points. */
  readonly at: number;
  readonly count: number;
  /** Points are multiplied by the witness from that signal on, or by H's scalars from that element on. */
  readonly scalars: 'witness' | 'quotient';
  readonly from: number;
}

/** Sum of a range of points times their scalars: affine coordinates, x before y; all zero for infinity. */
function sum(kernels: ProverKernels, data: ProverData, input: SumInput): bigint[] {
  const { fr, fq, g1, g2 } = kernels;
  const pointBytes = input.group === 'g1' ? 2 * FIELD_BYTES : 4 * FIELD_BYTES;
  const bytes = readRange(data.path, input.at, input.count * pointBytes);
  const range = [input.from * FIELD_BYTES, (input.from + input.count) * FIELD_BYTES] as const;
  const internal = (points: Uint8Array) => scaled(fq, FORM_RATIO, points);
  if (input.scalars === 'quotient') {
    const point = g1.msm(internal(bytes), { kind: 'full', values: data.values[0].subarray(...range) });
    return point ? [point.x, point.y] : [0n, 0n];
  }
  const { small, full } = byKind(bytes, pointBytes, data.witness.subarray(...range));
  const parts = [
    { points: internal(small.points), scalars: { kind: 'small', values: small.values } },
    { points: internal(full.points), scalars: { kind: 'full', values: fr.fromCanonical(full.scalars) } },
  ] as const;
  if (input.group === 'g1') {
    const [p, q] = parts.map(({ points, scalars }) => g1.msm(points, scalars));
    const point = add(G1_PARAMS, p!, q!);
    return point ? [point.x, point.y] : [0n, 0n];
  }
  const [p, q] = parts.map(({ points, scalars }) => g2.msm(points, scalars));
  const { x, y } = p!.add(q!).toAffine();
  return [x.c0, x.c1, y.c0, y.c1];
}

function readRange(path: string, position: number, size: number): Uint8Array {
  const buffer = new Uint8Array(size);
  const file = openSync(path, 'r');
  try {
    for (let filled = 0; filled < size; ) {
      const count = readSync(file, buffer, filled, size - filled, position + filled);
      if (count === 0) throw new FoldError('E_KEY', `The proving key "${path}" became shorter while it was read.`);
      filled += count;
    }
  } finally {
    closeSync(file);
  }
  return buffer;
}
