/**
 * A prover of the machine who may lie: runs programs whose model entries are any field elements, serves reads that are not
 * backward, changes values and recomputes what follows from them. Everything in bigints, written after docs/protocol.md and
 * not after the writers of src/machine.
 */
import { createHash } from 'node:crypto';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import type { MachineState } from '../../src/machine/challenge-writer.ts';
import { modelLayout } from '../../src/machine/program.ts';
import {
  BACK_BITS,
  groupReads,
  groupStart,
  isComputed,
  type MachineShape,
  SHIFT,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from '../../src/machine/shape.ts';
import { SUM_BITS, traceLayout } from '../../src/machine/trace-layout.ts';

const F = field(R);
const HALF = 1n << BigInt(VALUE_BITS - 1);
const ZERO = new Array<bigint>(VECTOR).fill(0n);

/** Model entries of a step, any field elements. */
export type ForgedModel = readonly bigint[];

export interface ForgedTrace {
  readonly bits: bigint[];
  readonly small: bigint[];
}

export interface Cheats {
  /** Changes a value, named by step and place, before anything follows from it. */
  readonly tamper?: (key: string, value: readonly bigint[]) => readonly bigint[];
  /** What stands in the memory before the run; a further pass finds what the one before it wrote. */
  readonly memory?: ReadonlyMap<bigint, readonly bigint[]>;
  readonly passes?: number;
}

/** Bits of v. What does not fit goes into the first one, a cheat's best: then only that bit's own row is violated. */
function bitsOf(v: bigint, n: number): bigint[] {
  const value = F.create(v);
  const low = Array.from({ length: n }, (_, k) => (value >> BigInt(k)) & 1n);
  low[0] = F.create(low[0]! + value - packed(low));
  return low;
}

export const packed = (bits: readonly bigint[]): bigint => bits.reduce((s, b, k) => s + (b << BigInt(k)), 0n);
const signed = (v: bigint): bigint => F.create(v + R / 2n) - R / 2n;
export const dot = (a: readonly bigint[], b: readonly bigint[]): bigint =>
  F.create(a.reduce((s, x, k) => s + x * b[k]!, 0n));

/** Runs a program; what input steps write is given by step. */
export function forgeTraces(
  shape: MachineShape,
  models: readonly ForgedModel[],
  inputs: ReadonlyMap<number, readonly (readonly bigint[])[]>,
  { tamper = (_, v) => v, memory: before = new Map(), passes = 1 }: Cheats = {},
): ForgedTrace[] {
  const [layout, trace, A] = [modelLayout(shape), traceLayout(shape), slotsPerStep(shape)];
  const { rows, rowVectors, dense, lookups } = shape;
  const width = rowVectors * VECTOR;
  const memory = new Map<bigint, readonly bigint[]>(before);
  let traces: ForgedTrace[] = [];
  const hits = new Map<bigint, bigint>();
  for (let pass = 0; pass < passes; pass++) {
    hits.clear();
    traces = models.map((M, j) => {
      const bits = new Array<bigint>(trace.bits).fill(0n);
      const small = new Array<bigint>(trace.small).fill(0n);
      const put = (to: bigint[], at: number, values: readonly bigint[]): void => {
        values.forEach((v, k) => {
          to[at + k] = F.create(v);
        });
      };
      const first = j * A;
      const write = (slot: number, vector: readonly bigint[]): void => {
        memory.set(BigInt(first + slot), vector);
      };
      const read = (key: string, address: bigint, length = VECTOR): readonly bigint[] => {
        const a = F.create(address);
        hits.set(a, (hits.get(a) ?? 0n) + 1n);
        return tamper(`${j} ${key}`, (memory.get(a) ?? ZERO).slice(0, length));
      };
      const sIn = M[layout.selectors]!;
      for (let n = 0; n < shape.constants; n++) {
        write(n, M.slice(layout.constants + VECTOR * n, layout.constants + VECTOR * (n + 1)));
      }
      const given = inputs.get(j);
      if (sIn !== 0n) for (let n = 0; n < shape.io; n++) write(shape.constants + n, given![n]!);

      for (let g = 0; g < shape.groups; g++) {
        const [at, to] = [layout.groups[g]!, trace.groups[g]!];
        const last = BigInt(first + groupStart(shape, g) - 1);
        const count = groupReads(shape, g);
        const back = (n: number, address: bigint): void =>
          put(bits, to.backBits + BACK_BITS * n, bitsOf(last - address, BACK_BITS));
        const vectors = Array.from({ length: count }, (_, n) => {
          const vector = read(`read ${g} ${n}`, M[at.bank + n]!);
          back(n, M[at.bank + n]!);
          put(small, to.reads + VECTOR * n, vector);
          return vector;
        });
        const bank = Array.from({ length: rows }, (_, r) => vectors.slice(r * rowVectors, (r + 1) * rowVectors).flat());
        const [Y, Z] = [vectors.slice(rows * rowVectors), vectors.slice(rows * rowVectors + rows)];
        const computed = isComputed(shape, g) ? vectors.slice(rows * rowVectors + 2 * rows).flat() : undefined;
        const weights = Array.from({ length: VECTOR }, (_, l) =>
          Array.from({ length: width }, (_, i) => M[at.shared + l * width + i]! + (computed?.[l * width + i] ?? 0n)),
        );
        const acc = tamper(
          `${j} acc ${g}`,
          bank.flatMap((row) => weights.map((w) => dot(w, row))),
        );
        put(small, to.acc, acc);
        const flat = bank.slice(0, dense.rows).flat();
        const out = bank.map((row, r) =>
          Array.from({ length: VECTOR }, (_, l): bigint => {
            const n = r * VECTOR + l;
            const m = M.slice(at.m + 5 * r, at.m + 5 * r + 5);
            const own = M.slice(at.dense + n * flat.length, at.dense + (n + 1) * flat.length);
            const ofDense = r < dense.vectors ? dot(own, flat) : 0n;
            const sum = signed(acc[n]! + ofDense + row[l]! * Z[r]![l]! + M[at.bias + n]! + m[4]! * Y[r]![l]!);
            const [y, rem] = tamper(`${j} split ${g} ${n}`, [sum >> BigInt(SHIFT), BigInt.asUintN(SHIFT, sum)]) as [
              bigint,
              bigint,
            ];
            const [low, high] = [bitsOf(rem, SHIFT), bitsOf(y + HALF, VALUE_BITS)];
            put(bits, to.laneBits + SUM_BITS * n, [...low, ...high]);
            const relu = F.create(high[VALUE_BITS - 1]! * y);
            small[to.relu + n] = relu;
            return F.create(m[0]! * y + m[1]! * rem + m[2]! * relu + m[3]! * Y[r]![l]!);
          }),
        );
        put(small, to.out, out.flat());
        for (let v = 0; v < lookups; v++) {
          const index = vectors[rows * rowVectors - lookups + v]!;
          const found = index.map((x, l) => {
            const n = v * VECTOR + l;
            const [address] = tamper(`${j} index ${g} ${n}`, [M[at.base + n]! + M[at.index + v]! * x]) as [bigint];
            back(count + n, address);
            return read(`look ${g} ${n}`, address, 2);
          });
          const [values, slopes] = [0, 1].map((k) => found.map((entry) => entry[k]!)) as [bigint[], bigint[]];
          put(small, to.entries + 2 * v * VECTOR, [...values, ...slopes]);
          write(groupStart(shape, g) + rows + 2 * v, values);
          write(groupStart(shape, g) + rows + 2 * v + 1, slopes);
        }
        out.forEach((vector, r) => {
          write(groupStart(shape, g) + r, vector);
        });
      }
      for (let n = 0; n < shape.io; n++) {
        const found = read(`io ${n}`, M[layout.io + n]!);
        const vector = sIn !== 0n ? given![n]! : found;
        put(small, trace.io + VECTOR * n, vector);
        vector.forEach((x, l) => {
          put(bits, trace.ioBits + VALUE_BITS * (VECTOR * n + l), bitsOf(x + HALF, VALUE_BITS));
        });
      }
      const shown = read('reveal', M[layout.reveal]!);
      put(small, trace.reveal, shown);
      put(bits, trace.revealBits, bitsOf(shown[0]!, VALUE_BITS));
      return { bits, small };
    });
  }
  traces.forEach(({ small }, j) => {
    const sIn = models[j]![layout.selectors]!;
    const counts = Array.from({ length: A }, (_, s) => {
      const isInput = s >= shape.constants && s < shape.constants + shape.io;
      return F.create((hits.get(BigInt(j * A + s)) ?? 0n) * (isInput && sIn !== 0n ? F.inv(sIn) : 1n));
    });
    tamper(`${j} mult`, counts).forEach((count, s) => {
      small[trace.multiplicities + s] = F.create(count);
    });
  });
  return traces;
}

/** Challenges as a hash of all traces: what a commitment to each and a sponge are in the chain. */
export function challengesOf(traces: readonly ForgedTrace[]): Pick<MachineState<bigint>, 'alpha' | 'gamma' | 'rho'> {
  const digest = (name: string): bigint => {
    const sha = createHash('sha256').update(name);
    for (const { bits, small } of traces) sha.update([...bits, ...small].join());
    return F.create(BigInt(`0x${sha.digest('hex')}`));
  };
  return { alpha: digest('alpha'), gamma: digest('gamma'), rho: digest('rho') };
}
