/** The integer semantics of the tensor machine (docs/protocol.md) once more, in BigInt and as plainly as it can be said. */
import { modelLayout, type Program } from '../../src/machine/program.ts';
import { groupStart, isComputed, SHIFT, slotsPerStep, VECTOR } from '../../src/machine/shape.ts';

export interface ReferenceRun {
  readonly memory: ReadonlyMap<number, readonly bigint[]>;
  readonly reads: ReadonlyMap<number, number>;
  /** Blocks absorbed as output. */
  readonly outputs: readonly bigint[][];
  readonly k: bigint;
}

/** @param blocks the numbers that input steps absorb, a block each */
export function referenceRun(program: Program, blocks: readonly (readonly bigint[])[]): ReferenceRun {
  const { shape } = program;
  const { rows, rowVectors, dense, lookups } = shape;
  const layout = modelLayout(shape);
  const memory = new Map<number, bigint[]>();
  const reads = new Map<number, number>();
  const outputs: bigint[][] = [];
  let [k, block] = [0n, 0];

  for (let j = 0; j < program.steps; j++) {
    const first = j * slotsPerStep(shape);
    const entries = [...program.model(j)].map(BigInt);
    const model = (at: number, n: number): bigint[] => entries.slice(at, at + n);
    const read = (address: bigint): bigint[] => {
      const a = Number(address);
      reads.set(a, (reads.get(a) ?? 0) + 1);
      const vector = memory.get(a);
      if (!vector) throw new Error(`${a} is not written`);
      return vector;
    };
    const write = (slot: number, vector: bigint[]): void => {
      memory.set(first + slot, vector);
    };
    const [sIn, sOut, sReveal] = model(layout.selectors, 3) as [bigint, bigint, bigint];

    for (let n = 0; n < shape.constants; n++) write(n, model(layout.constants + VECTOR * n, VECTOR));
    if (sIn === 1n) {
      const numbers = blocks[block++] ?? new Array<bigint>(shape.io * VECTOR).fill(0n);
      for (let n = 0; n < shape.io; n++) write(shape.constants + n, numbers.slice(VECTOR * n, VECTOR * (n + 1)));
    }
    for (let g = 0; g < shape.groups; g++) {
      const at = layout.groups[g]!;
      const bank = model(at.bank, rows * rowVectors).map(read);
      const Y = model(at.y, rows).map(read);
      const Z = model(at.z, rows).map(read);
      const width = rowVectors * VECTOR;
      const row = (r: number): bigint[] => bank.slice(r * rowVectors, (r + 1) * rowVectors).flat();
      const computed = isComputed(shape, g) ? model(at.computed!, VECTOR * rowVectors).map(read) : undefined;
      const weight = (l: number, i: number): bigint =>
        entries[at.shared + l * width + i]! +
        (computed ? computed[l * rowVectors + Math.floor(i / VECTOR)]![i % VECTOR]! : 0n);
      for (let r = 0; r < rows; r++) {
        const [m1, m2, m3, m4, m5] = model(at.m + 5 * r, 5) as [bigint, bigint, bigint, bigint, bigint];
        const out = Array.from({ length: VECTOR }, (_, l) => {
          let sum = row(r).reduce((s, x, i) => s + weight(l, i) * x, 0n);
          if (r < dense.vectors) {
            const flat = bank.slice(0, dense.rows * rowVectors).flat();
            const weights = model(at.dense + (VECTOR * r + l) * flat.length, flat.length);
            sum += flat.reduce((s, x, i) => s + weights[i]! * x, 0n);
          }
          sum += bank[r * rowVectors]![l]! * Z[r]![l]! + entries[at.bias + r * VECTOR + l]! + m5 * Y[r]![l]!;
          const y = sum >> BigInt(SHIFT);
          const rem = sum - (y << BigInt(SHIFT));
          const s = y >= 0n ? 1n : 0n;
          return m1 * y + m2 * rem + m3 * s * y + m4 * Y[r]![l]!;
        });
        write(groupStart(shape, g) + r, out);
      }
      for (let v = 0; v < lookups; v++) {
        const index = bank[rows * rowVectors - lookups + v]!;
        const found = index.map((x, l) => read(entries[at.base + v * VECTOR + l]! + entries[at.index + v]! * x));
        write(
          groupStart(shape, g) + rows + 2 * v,
          found.map((entry) => entry[0]!),
        );
        write(
          groupStart(shape, g) + rows + 2 * v + 1,
          found.map((entry) => entry[1]!),
        );
      }
    }
    const io = model(layout.io, shape.io).map(read);
    if (sOut === 1n) outputs.push(io.flat());
    const x = read(entries[layout.reveal]!)[0]!;
    if (sReveal === 1n) k = x + 1n;
  }
  return { memory, reads, outputs, k };
}
