/**
 * What the parts of a machine's step are built on: its model entries, its trace and the chain's values as linear forms, each by
 * its name. Order of allocation: M as `modelLayout` says, T as `traceLayout` says, P as `challengeLayout` (../challenge-layout.ts) does.
 */
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { modelLayout } from '../program.ts';
import { BACK_BITS, groupReads, type MachineShape, SHIFT, slotsPerStep, VALUE_BITS, VECTOR } from '../shape.ts';
import { SUM_BITS, traceLayout } from '../trace-layout.ts';

type Forms = readonly LinearForm[];

export interface GroupWires {
  /** Of the reads at addresses of the model: bank, Y, Z, computed weights. */
  readonly reads: readonly { readonly address: LinearForm; readonly numbers: Forms; readonly back: Forms }[];
  /** Of look-up 16 v + l: lane l of index vector v. */
  readonly lookups: readonly {
    readonly base: LinearForm;
    readonly multiplier: LinearForm;
    readonly index: LinearForm;
    readonly value: LinearForm;
    readonly slope: LinearForm;
    readonly back: Forms;
  }[];
  /** [row][number of the row]. */
  readonly bank: readonly Forms[];
  /** [output lane][number of the row]: products with a row's number are those of weight and computed weight. */
  readonly weights: readonly (readonly Forms[])[];
  /** [row]: what its lanes are made of; of `dense` the first rows only have some. */
  readonly rows: readonly {
    readonly y: Forms;
    readonly z: Forms;
    readonly bias: Forms;
    readonly m: Forms;
    /** [lane][number of the first rows of the bank]. */
    readonly dense: readonly Forms[];
    readonly acc: Forms;
    readonly relu: Forms;
    readonly out: Forms;
    /** [lane]: the bits of the accumulator + 2^(SUM_BITS - 1). */
    readonly sums: readonly Forms[];
  }[];
}

export interface MachineWires {
  readonly constants: readonly Forms[];
  readonly selectors: { readonly input: LinearForm; readonly output: LinearForm; readonly reveal: LinearForm };
  readonly multiplicities: Forms;
  readonly io: readonly { readonly address: LinearForm; readonly numbers: Forms; readonly bits: readonly Forms[] }[];
  readonly reveal: { readonly address: LinearForm; readonly numbers: Forms; readonly bits: Forms };
  readonly groups: readonly GroupWires[];
}

/** Allocates all of M and T. */
export function allocateWires(cs: ShapeBuilder, shape: MachineShape): MachineWires {
  const [m, t] = [modelLayout(shape), traceLayout(shape)];
  const [model, bits, small] = [cs.model(m.size), cs.traceBits(t.bits), cs.trace(t.small)];
  const { rows, rowVectors, lookups, dense } = shape;
  const width = rowVectors * VECTOR;
  const entries = vectorsOf(model);
  const trace = vectorsOf(small);
  const rangeBits = vectorsOf(bits);

  const group = (g: number): GroupWires => {
    const [own, made] = [m.groups[g]!, t.groups[g]!];
    const count = groupReads(shape, g);
    const vectors = trace(made.reads, count, VECTOR);
    const back = rangeBits(made.backBits, count + lookups * VECTOR, BACK_BITS);
    const bank = trace(made.reads, rows, width);
    const y = vectors.slice(rows * rowVectors);
    const computed =
      own.computed === undefined ? [] : [trace(made.reads + (rows * rowVectors + 2 * rows) * VECTOR, VECTOR, width)];
    const shared = entries(own.shared, VECTOR, width);
    const [bias, fiveM] = [entries(own.bias, rows, VECTOR), entries(own.m, rows, 5)];
    const ofDense = entries(own.dense, dense.vectors * VECTOR, dense.rows * width);
    const [acc, relu, out] = [made.acc, made.relu, made.out].map((at) => trace(at, rows, VECTOR)) as [Rows, Rows, Rows];
    const sums = rangeBits(made.laneBits, rows * VECTOR, SUM_BITS);
    return {
      reads: vectors.map((numbers, n) => ({ address: model[own.bank + n]!, numbers, back: back[n]! })),
      lookups: Array.from({ length: lookups * VECTOR }, (_, n) => {
        const [v, l] = [Math.floor(n / VECTOR), n % VECTOR];
        return {
          base: model[own.base + n]!,
          multiplier: model[own.index + v]!,
          index: vectors[rows * rowVectors - lookups + v]![l]!,
          value: small[made.entries + 2 * v * VECTOR + l]!,
          slope: small[made.entries + (2 * v + 1) * VECTOR + l]!,
          back: back[count + n]!,
        };
      }),
      bank,
      weights: shared.map((weights, l) => [weights, ...computed.map((rowsOf) => rowsOf[l]!)]),
      rows: Array.from({ length: rows }, (_, r) => ({
        y: y[r]!,
        z: y[rows + r]!,
        bias: bias[r]!,
        m: fiveM[r]!,
        dense: ofDense.slice(r * VECTOR, (r + 1) * VECTOR),
        acc: acc[r]!,
        relu: relu[r]!,
        out: out[r]!,
        sums: sums.slice(r * VECTOR, (r + 1) * VECTOR),
      })),
    };
  };

  const ioNumbers = trace(t.io, shape.io, VECTOR);
  const ioBits = rangeBits(t.ioBits, shape.io * VECTOR, VALUE_BITS);
  return {
    constants: entries(m.constants, shape.constants, VECTOR),
    selectors: { input: model[m.selectors]!, output: model[m.selectors + 1]!, reveal: model[m.selectors + 2]! },
    multiplicities: small.slice(t.multiplicities, t.multiplicities + slotsPerStep(shape)),
    io: ioNumbers.map((numbers, n) => ({
      address: model[m.io + n]!,
      numbers,
      bits: ioBits.slice(n * VECTOR, (n + 1) * VECTOR),
    })),
    reveal: {
      address: model[m.reveal]!,
      numbers: trace(t.reveal, 1, VECTOR)[0]!,
      bits: rangeBits(t.revealBits, 1, VALUE_BITS)[0]!,
    },
    groups: Array.from({ length: shape.groups }, (_, g) => group(g)),
  };
}

type Rows = readonly Forms[];

/** n vectors of a length, one after another. */
function vectorsOf(forms: Forms) {
  return (at: number, n: number, length: number): Rows =>
    Array.from({ length: n }, (_, k) => forms.slice(at + k * length, at + (k + 1) * length));
}

/** The lanes' y of the bits of accumulator + 2^31, and rem: linear forms. */
export function splitSum(cs: ShapeBuilder, bits: Forms): { readonly y: LinearForm; readonly rem: LinearForm } {
  const weighted = (from: Forms) => from.map((b, k) => [1n << BigInt(k), b] as const);
  return {
    y: cs.sum([...weighted(bits.slice(SHIFT)), [-(1n << BigInt(VALUE_BITS - 1)), cs.constant(1n)]]),
    rem: cs.sum(weighted(bits.slice(0, SHIFT))),
  };
}
