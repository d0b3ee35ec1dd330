/**
 * A prover of the machine who may lie: runs programs whose model entries are any field elements, serves reads that are not
 * backward, changes values and recomputes what follows from them. Everything in bigints, written after docs/protocol.md and
 * not after the writers of src/machine.
 */
import { createHash } from 'node:crypto';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import type { MachineState } from '../../src/machine/challenge-writer.ts';
import type { Indices, Place } from '../../src/machine/places.ts';
import { modelLayout } from '../../src/machine/program.ts';
import {
  BACK_BITS,
  groupStart,
  indexPosition,
  isComputed,
  type MachineShape,
  SHIFT,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from '../../src/machine/shape.ts';
import { type OfSlots, traceLayout } from '../../src/machine/trace-layout.ts';

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
  const { rows, rowVectors, tile, matrices, lookups } = shape;
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
      const sIn = M[layout.selectors.at(0)]!;
      const isJoined = shape.joins && M[layout.selectors.at(3)] === 1n;
      const up = (n: number): number[] => [...Array(n).keys()];
      for (const n of up(shape.constants)) write(n, M.slice(layout.constants.at(n), layout.constants.at(n) + VECTOR));
      const given = inputs.get(j);
      if (sIn !== 0n) for (let n = 0; n < shape.io; n++) write(shape.constants + n, given![n]!);
      const putBits = (place: Place, at: Indices, values: readonly bigint[]): void => {
        values.forEach((b, k) => {
          bits[place.at(...at) + k * place.step[at[0]]!] = F.create(b);
        });
      };

      let weights: bigint[][] = [];
      let own: bigint[][] = [];
      for (let g = 0; g < shape.groups; g++) {
        const last = BigInt(first + groupStart(shape, g) - 1);
        const back = (place: Place, at: Indices, address: bigint): void =>
          putBits(place, at, bitsOf(last - address, BACK_BITS));
        const find = (kind: 'bank' | 'residual' | 'computed', ...at: Indices): readonly bigint[] => {
          const address = M[layout[kind].at(...at)]!;
          const vector = read(`${kind} ${g} ${at[0]} ${at[2]}`, address);
          back(trace.bitsOf.back[kind], at, address);
          put(small, trace[kind].at(...at), vector);
          return vector;
        };
        const vectorsOf = up(rows).map((r) => up(rowVectors).map((v) => find('bank', v, g, r)));
        const bank = vectorsOf.map((vectors) => vectors.flat());
        const [Y, Z] = [0, 1].map((n) => up(rows).map((r) => find('residual', n, g, r))) as Vectors[] as [
          Vectors,
          Vectors,
        ];
        const w = Math.floor((g * matrices) / shape.groups);
        const c = w - (matrices - shape.computed);
        const tileRows = isJoined ? rows : tile;
        if ((g * matrices) % shape.groups === 0) {
          // a lane of a tile by all numbers of the tile, row after row; of joined matrices each has a quarter
          weights = up(tileRows * VECTOR).map((n) =>
            up(tileRows).flatMap((s) =>
              up(rowVectors).flatMap((v) => {
                const o = Math.floor(n / VECTOR);
                const own = isJoined ? 2 * Math.floor(o / tile) + Math.floor(s / tile) : w;
                const at = layout.weights.at(v, own, o % tile, n % VECTOR, s % tile);
                return M.slice(at, at + VECTOR);
              }),
            ),
          );
          own = up(VECTOR).map((l) =>
            up(rowVectors).flatMap((v) => (isComputed(shape, w) ? find('computed', v, c, l) : ZERO)),
          );
        }
        const acc = tamper(
          `${j} acc ${g}`,
          bank.flatMap((row, r) => {
            const o = r % tileRows;
            const numbers = bank.slice(r - o, r - o + tileRows).flat();
            const computed = own.map((more) => (isJoined ? 0n : dot(more, row)));
            return computed.map((more, l) => dot(weights[o * VECTOR + l]!, numbers) + more);
          }),
        );
        acc.forEach((x, n) => {
          small[trace.acc.at(g, Math.floor(n / VECTOR), n % VECTOR)] = F.create(x);
        });
        const out = bank.map((row, r) =>
          up(VECTOR).map((l): bigint => {
            const n = r * VECTOR + l;
            const m = up(5).map((k) => M[layout.m.at(g, r) + k * layout.m.step[g]!]!);
            const sum = signed(acc[n]! + row[l]! * Z[r]![l]! + M[layout.bias.at(g, r, l)]! + m[4]! * Y[r]![l]!);
            const [y, rem] = tamper(`${j} split ${g} ${n}`, [sum >> BigInt(SHIFT), BigInt.asUintN(SHIFT, sum)]) as [
              bigint,
              bigint,
            ];
            const [low, high] = [bitsOf(rem, SHIFT), bitsOf(y + HALF, VALUE_BITS)];
            putBits(trace.bitsOf.lanes, [g, r, l], [...low, ...high]);
            const relu = F.create(high[VALUE_BITS - 1]! * y);
            const [shown] = tamper(`${j} relu ${g} ${n}`, [relu]) as [bigint];
            small[trace.relu.at(g, r, l)] = F.create(shown);
            const made = m[0]! * y + m[1]! * rem + m[2]! * shown + m[3]! * Y[r]![l]!;
            return F.create((tamper(`${j} out ${g} ${n}`, [made]) as [bigint])[0]);
          }),
        );
        out.forEach((vector, r) => {
          put(small, trace.out.at(g, r), vector);
        });
        for (let v = 0; v < lookups; v++) {
          const found = vectorsOf[rows - 1]![indexPosition(shape) + v]!.map((x, l) => {
            const n = v * VECTOR + l;
            const at = M[layout.base.at(g, v, l)]! + M[layout.index.at(g, v)]! * x;
            const [address] = tamper(`${j} index ${g} ${n}`, [at]) as [bigint];
            back(trace.bitsOf.back.lookups, [g, v, l], address);
            return read(`look ${g} ${n}`, address, 2);
          });
          for (const k of [0, 1]) {
            const vector = found.map((entry) => entry[k]!);
            put(small, trace.entries.at(g, v, k), vector);
            write(groupStart(shape, g) + rows + 2 * v + k, vector);
          }
        }
        out.forEach((vector, r) => {
          write(groupStart(shape, g) + r, vector);
        });
      }
      for (let n = 0; n < shape.io; n++) {
        const found = read(`io ${n}`, M[layout.io.at(n)]!);
        const vector = sIn !== 0n ? given![n]! : found;
        put(small, trace.io.at(n), vector);
        vector.forEach((x, l) => {
          putBits(trace.bitsOf.io, [n, l], bitsOf(x + HALF, VALUE_BITS));
        });
      }
      const shown = read('reveal', M[layout.reveal.at(0)]!);
      put(small, trace.reveal.at(0), shown);
      putBits(trace.bitsOf.reveal, [0], bitsOf(shown[0]!, VALUE_BITS));
      return { bits, small };
    });
  }
  const slots = slotPlaces(shape, trace.multiplicities);
  traces.forEach(({ small }, j) => {
    const sIn = models[j]![layout.selectors.at(0)]!;
    const counts = Array.from({ length: A }, (_, s) => {
      const isInput = s >= shape.constants && s < shape.constants + shape.io;
      return F.create((hits.get(BigInt(j * A + s)) ?? 0n) * (isInput && sIn !== 0n ? F.inv(sIn) : 1n));
    });
    tamper(`${j} mult`, counts).forEach((count, s) => {
      small[slots[s]!] = F.create(count);
    });
  });
  return traces;
}

type Vectors = readonly (readonly bigint[])[];

/** By write slot its entry of an array for each kind of slot. */
export function slotPlaces({ constants, io, groups, rows, lookups }: MachineShape, of: OfSlots): number[] {
  const slots: number[] = [];
  for (let s = 0; s < constants; s++) slots.push(of.constants.at(s));
  for (let n = 0; n < io; n++) slots.push(of.io.at(n));
  for (let g = 0; g < groups; g++) {
    for (let r = 0; r < rows; r++) slots.push(of.lanes.at(g, r));
    for (let n = 0; n < 2 * lookups; n++) slots.push(of.entries.at(g, Math.floor(n / 2), n % 2));
  }
  return slots;
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
