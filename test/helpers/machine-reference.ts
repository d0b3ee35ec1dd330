/** The integer semantics of the tensor machine (docs/protocol.md) once more, in BigInt and as plainly as it can be said. */
import type { Place } from '../../src/machine/places.ts';
import { modelLayout, type Program } from '../../src/machine/program.ts';
import { groupStart, indexPosition, isComputed, SHIFT, slotsPerStep, VECTOR } from '../../src/machine/shape.ts';

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
  const { rows, rowVectors, tile, matrices, lookups } = shape;
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
    const [sIn, sOut, sReveal] = model(layout.selectors.at(0), 3) as [bigint, bigint, bigint];
    const isJoined = shape.joins && entries[layout.selectors.at(3)] === 1n;

    for (let n = 0; n < shape.constants; n++) write(n, model(layout.constants.at(n), VECTOR));
    if (sIn === 1n) {
      const numbers = blocks[block++] ?? new Array<bigint>(shape.io * VECTOR).fill(0n);
      for (let n = 0; n < shape.io; n++) write(shape.constants + n, numbers.slice(VECTOR * n, VECTOR * (n + 1)));
    }
    let computed: bigint[][][] = [];
    for (let g = 0; g < shape.groups; g++) {
      const found = (place: Place, i: number, h: number, n: number): bigint[] => read(entries[place.at(i, h, n)]!);
      const vectors = (n: number): number[] => [...Array(n).keys()];
      // [row][vector]
      const bank = vectors(rows).map((r) => vectors(rowVectors).map((v) => found(layout.bank, v, g, r)));
      const [Y, Z] = [0, 1].map((n) => vectors(rows).map((r) => found(layout.residual, n, g, r)));
      const w = Math.floor((g * matrices) / shape.groups);
      const c = w - (matrices - shape.computed);
      // the first of the groups that share a matrix reads its computed part
      if ((g * matrices) % shape.groups === 0)
        computed = vectors(isComputed(shape, w) ? VECTOR : 0).map((l) =>
          vectors(rowVectors).map((v) => found(layout.computed, v, c, l)),
        );
      for (let r = 0; r < rows; r++) {
        const m = vectors(5).map((n) => entries[layout.m.at(g, r) + n * layout.m.step[g]!]!);
        const [m1, m2, m3, m4, m5] = m as [bigint, bigint, bigint, bigint, bigint];
        const out = vectors(VECTOR).map((l) => {
          let sum = 0n;
          bank[r]!.forEach((vector, v) => {
            vector.forEach((x, i) => {
              if (!isJoined) sum += (computed[l]?.[v]?.[i] ?? 0n) * x;
            });
          });
          bank.forEach((row, s) => {
            const isOwn = Math.floor(s / tile) === Math.floor(r / tile);
            if (!isOwn && !isJoined) return;
            const matrix = isJoined ? 2 * Math.floor(r / tile) + Math.floor(s / tile) : w;
            row.forEach((vector, v) => {
              vector.forEach((x, i) => {
                sum += entries[layout.weights.at(v, matrix, r % tile, l, s % tile, i)]! * x;
              });
            });
          });
          sum += bank[r]![0]![l]! * Z![r]![l]! + entries[layout.bias.at(g, r, l)]! + m5 * Y![r]![l]!;
          const y = sum >> BigInt(SHIFT);
          const rem = sum - (y << BigInt(SHIFT));
          const s = y >= 0n ? 1n : 0n;
          return m1 * y + m2 * rem + m3 * s * y + m4 * Y![r]![l]!;
        });
        write(groupStart(shape, g) + r, out);
      }
      for (let v = 0; v < lookups; v++) {
        const index = bank[rows - 1]![indexPosition(shape) + v]!;
        const entry = index.map((x, l) =>
          read(entries[layout.base.at(g, v, l)]! + entries[layout.index.at(g, v)]! * x),
        );
        for (const n of [0, 1])
          write(
            groupStart(shape, g) + rows + 2 * v + n,
            entry.map((numbers) => numbers[n]!),
          );
      }
    }
    const io = model(layout.io.at(0), shape.io).map(read);
    if (sOut === 1n) outputs.push(io.flat());
    const x = read(entries[layout.reveal.at(0)]!)[0]!;
    if (sReveal === 1n) k = x + 1n;
  }
  return { memory, reads, outputs, k };
}
