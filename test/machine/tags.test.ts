/** Tags of tables: what no other vector of a program can have where a look-up asks for one. */
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/machine/lowering/compile.ts';
import { type Entry, JobList, NO_TABLE, PLAIN, UNIT } from '../../src/machine/lowering/jobs.ts';
import { chooseTags } from '../../src/machine/lowering/tags.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { SHIFT, STANDARD, VALUE_BITS, VECTOR } from '../../src/machine/shape.ts';
import { calibrate } from '../../src/tensor/calibrate.ts';
import { quantize } from '../../src/tensor/quantize/quantize.ts';
import { Dice, randomGraph, randomSample } from '../helpers/tensor-graphs.ts';

const LEAST_SUM = -(2 ** (SHIFT + VALUE_BITS - 1));
const vector = (x: number): Float64Array => new Float64Array(VECTOR).fill(x);

function listWith(...tables: (Entry | undefined)[][]): JobList {
  const list = new JobList();
  for (const entries of tables) list.tables.push({ entries, perStep: 4 });
  return list;
}

describe('tags of tables', () => {
  it('are one for each, the largest below all accumulators', () => {
    const list = listWith([[1, 2]], [[3, 4], undefined], [[5, 6]]);
    list.job({ y: list.input(1), m: PLAIN, node: 'x' }, 1);
    expect([...chooseTags(list)]).toEqual([-1, -2, -3].map((by) => LEAST_SUM + by));
  });

  it('are no numbers of constants, nor any that a look-up finds', () => {
    const list = listWith([[LEAST_SUM - 1, 2]], [[3, LEAST_SUM - 3]]);
    list.constant(vector(LEAST_SUM - 4));
    expect([...chooseTags(list)]).toEqual([-2, -5].map((by) => LEAST_SUM + by));
  });

  it('are below what a lane makes of Y, a constant or the result of a look-up', () => {
    const far = 3 * LEAST_SUM;
    const added = listWith([[1, 2]]);
    added.job({ y: added.constant(vector(far)), m: [0, 0, 1, 2, -UNIT], node: 'x' }, 1);
    expect(chooseTags(added)[0]).toBe(2 * far - 1);

    const found = listWith([[1, 2], undefined, [far, 0]]);
    const tables = new Int32Array(VECTOR).fill(NO_TABLE).fill(0, 3, 4);
    const base = new Int32Array(VECTOR);
    const { slopes } = found.lookup({ index: found.input(8), multiplier: 1, tables, base, node: 'x' }, 8);
    found.job({ y: slopes, m: [1, 0, 0, 1, 0], node: 'x' }, 8);
    expect(chooseTags(found)[0]).toBe(far - 2 ** (VALUE_BITS - 1) - 1);
  });

  it('stand in all entries of a program and in its look-ups, and nowhere else', () => {
    const dice = new Dice(3);
    const graph = randomGraph(4, 6, ['tanh', 'take', 'dense']);
    const program = compile(quantize(graph, calibrate(graph, [randomSample(graph, dice)])), STANDARD);
    const { tags, constants } = modelLayout(STANDARD);
    const [asked, had] = [new Set<number>(), new Set<number>()];
    for (let j = 0; j < program.steps; j++) {
      const model = program.model(j);
      for (const at of tags.indices()) asked.add(model[tags.at(...at)]!);
      for (let n = 0; n < STANDARD.constants; n++) {
        const third = model[constants.at(n, 2)]!;
        if (third >= LEAST_SUM) continue;
        had.add(third);
        expect([...model.slice(constants.at(n, 3), constants.at(n) + VECTOR)].every((x) => x === 0)).toBe(true);
      }
    }
    asked.delete(0);
    expect(asked.size).toBeGreaterThan(0);
    expect(asked).toEqual(had);
  });
});
