/** Random programs of the tensor machine that use every unit and stay in range on every input. One seed gives one program everywhere. */
import type { Program } from '../../src/machine/program.ts';
import {
  groupsPerMatrix,
  indexPosition,
  isComputed,
  type MachineShape,
  SHIFT,
  VALUE_BITS,
  VECTOR,
} from '../../src/machine/shape.ts';
import { seeded } from './chains.ts';
import { port, programOf, StepBuilder } from './machine-program.ts';

const UNIT = 2 ** SHIFT;
const HALF = 2 ** (VALUE_BITS - 1);

/** What is known of the numbers of a vector: few bits, not negative, VALUE_BITS, SUM_BITS. */
type Kind = 'small' | 'index' | 'positive' | 'value' | 'raw';

const FEEDS: readonly Kind[] = ['small', 'index', 'positive', 'value'];

export interface RandomProgram {
  readonly program: Program;
  /** Numbers of the port "x". */
  readonly input: Float64Array;
}

export function randomProgram(shape: MachineShape, seed: number, steps = 3): RandomProgram {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const integers = (n: number, most: number): number[] => Array.from({ length: n }, () => below(2 * most + 1) - most);
  const { rows, rowVectors, lookups, tile } = shape;
  const width = rowVectors * VECTOR;
  const few = Math.floor((0.22 * UNIT) / width);
  /** Rows of a tile of step j: every second step joins its matrices, if there is such a thing. */
  const rowsOf = (j: number): number => (shape.joins && j % 2 === 1 ? 2 * tile : tile);
  const known = new Map<number, Kind>();
  const tables: { readonly at: number; readonly tag: number }[] = [];

  const pick = (kinds: readonly Kind[]): number => {
    const good = [...known].filter(([, kind]) => kinds.includes(kind)).map(([address]) => address);
    return random() < 0.3 ? 0 : (good[below(good.length)] ?? 0);
  };

  const group = (step: StepBuilder, g: number, rowsOfTile: number): void => {
    const gives: Kind[] = [];
    const perTile = Math.floor((0.44 * UNIT) / (rowsOfTile * width));
    const matrix = g / groupsPerMatrix(shape);
    for (let n = 0; n < tile * VECTOR && Number.isInteger(matrix); n++)
      step.weights(g, n, integers(tile * width, perTile));
    for (let l = 0; l < VECTOR && Number.isInteger(matrix); l++) {
      if (isComputed(shape, matrix))
        step.computed(
          g,
          l,
          Array.from({ length: rowVectors }, () => pick(['small', 'index'])),
        );
    }
    let isMoved = false;
    for (let r = 0; r < rows; r++) {
      // all rows of a tile or none: what one reads is in the sums of all
      if (r % rowsOfTile === 0) isMoved = random() < 0.2;
      if (isMoved) {
        // hands on a vector as it is: by m4, or as the accumulator
        const from = pick(['raw']);
        step.y(g, r, from).m(g, r, random() < 0.5 ? [0, 0, 0, 1, 0] : [UNIT, 1, 0, 0, 1]);
        gives.push('raw');
        continue;
      }
      step.bank(
        g,
        r,
        Array.from({ length: rowVectors }, () => pick(FEEDS)),
      );
      step.z(g, r, pick(['small', 'index'])).y(g, r, pick(['small', 'index']));
      step.bias(g, r, integers(VECTOR, 50_000));
      const m5 = below(2000) - 1000;
      const [kind, m] = [
        ['value', [1, 0, 0, 0, m5]],
        ['positive', [0, 0, 1, 0, m5]],
        ['value', [-1, 0, 1, 0, m5]],
        ['positive', [0, 1, 0, 0, m5]],
        ['raw', [UNIT, 1, 0, 1, m5]],
        ['raw', [3, -7, 5, -11, m5]],
      ][below(6)] as [Kind, number[]];
      step.m(g, r, m);
      gives.push(kind);
    }
    for (let v = 0; v < lookups; v++) {
      const last = indexPosition(shape) + v;
      const table = tables[below(tables.length)]!;
      if (random() < 0.7) {
        step.bank(g, rows - 1, [pick(['index'])], last).lookup(g, v, 1, table.at, table.tag);
      } else {
        step.lookup(
          g,
          v,
          0,
          Array.from({ length: VECTOR }, () => table.at + below(2)),
          table.tag,
        );
      }
    }
    gives.forEach((kind, r) => {
      known.set(step.at.lane(g, r), kind);
    });
    for (let v = 0; v < lookups; v++) {
      known.set(step.at.values(g, v), 'small').set(step.at.slopes(g, v), 'value');
    }
  };

  const made = Array.from({ length: steps }, (_, j) => {
    const step = new StepBuilder(shape, j);
    // step 0 begins with the zero vector; the last two constants are a table of two entries
    const vectors = shape.constants - 2;
    for (let n = 0; n < vectors; n++) {
      if (n > 0) step.constant(n, integers(VECTOR, few));
      else if (j > 0)
        step.constant(
          n,
          Array.from({ length: VECTOR }, () => below(2)),
        );
      known.set(step.at.constant(n), n > 0 ? 'small' : 'index');
    }
    const tag = below(2 * HALF) - HALF;
    for (let n = vectors; n < shape.constants; n++) {
      step.constant(n, [below(2 * few + 1) - few, below(2 * HALF) - HALF, tag]);
      known.set(step.at.constant(n), 'value');
    }
    tables.push({ at: step.at.constant(vectors), tag });
    if (j < 2) {
      step.input();
      for (let n = 0; n < shape.io; n++) known.set(step.at.input(n), 'value');
    }
    if (rowsOf(j) > tile) step.join();
    for (let g = 0; g < shape.groups; g++) group(step, g, rowsOf(j));
    if (j >= 2) {
      const read = Array.from({ length: shape.io }, () => pick(FEEDS));
      if (j === steps - 1) step.output(read);
      else step.io(read);
    }
    return step.reveal(pick(['positive', 'index']), j === steps - 1);
  });

  const numbers = 2 * shape.io * VECTOR;
  const ports = { inputs: [port('x', numbers)], outputs: [port('y', shape.io * VECTOR)], reveals: 'class' } as const;
  const program = programOf(shape, made, ports);
  return { program, input: Float64Array.from({ length: numbers }, () => below(2 * HALF) - HALF) };
}
