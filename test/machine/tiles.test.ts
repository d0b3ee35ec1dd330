/** What stands side by side in a tile: outputs of the same inputs, long sums, neighbours of an image; and how few rows and steps that takes. */
import { describe, expect, it } from 'vitest';
import type { CompiledProgram } from '../../src/machine/lowering/compile.ts';
import type { Sums } from '../../src/machine/lowering/gather.ts';
import type { RowPlan } from '../../src/machine/lowering/group.ts';
import type { Job } from '../../src/machine/lowering/jobs.ts';
import { patch } from '../../src/machine/lowering/patches.ts';
import { WeightClass } from '../../src/machine/lowering/weights.ts';
import { STANDARD, TOY, VECTOR } from '../../src/machine/shape.ts';
import type { Value } from '../../src/tensor/graph.ts';
import { type Make, programOf } from '../helpers/compared-program.ts';
import { convolution, Dice } from '../helpers/tensor-graphs.ts';

const rowsOf = ({ schedule }: CompiledProgram): RowPlan[] =>
  schedule.groups.flatMap(({ rows }) => rows.filter((row) => row !== undefined));
const conv =
  (outputs: number): Make =>
  (b, x, dice) =>
    convolution(b, dice, x, { outputs, kernel: 3, pad: 1 });

describe('a tile', () => {
  it('has four vectors of outputs by 36 of inputs: one row for each vector of a convolution of 64 by 64 channels', () => {
    const rows = rowsOf(programOf([1, 64, 4, 4], conv(64)));
    expect(rows).toHaveLength(16 * 4);
    for (const { entry, isLast } of rows) {
      expect(entry).toMatchObject({ row: 0, panel: { size: 36 } });
      expect(entry!.panel.classes).toHaveLength(4);
      expect(isLast).toBe(true);
    }
  });

  it('takes a long sum in as few parts as its vectors fill: eight of 288 vectors', () => {
    const { steps, schedule } = programOf([1, 512, 1, 2], conv(64));
    const used = schedule.groups.flatMap(({ rows }) => rows.filter((row) => row?.entry));
    // of a row of two positions only the three taps of one line are in the image
    expect(used.length).toBeLessThanOrEqual(2 * 4 * 8);
    expect(steps).toBeLessThanOrEqual(8);
  });

  it.each([3, 5, 6, 7, 9])('leaves no row empty beside %i vectors of outputs', (count) => {
    // a plain product of 64 positions with 16 inputs
    const rows = rowsOf(
      programOf([64, 16], (b, x, dice) => b.matmul(x, b.constant([16, 16 * count], dice.reals(256 * count, 0.4)))),
    );
    expect(rows).toHaveLength(64 * count);
    for (const { entry } of rows) expect(Math.log2(entry!.panel.classes.length) % 1).toBe(0);
  });

  it('has neighbours of an image where that lets layers share a matrix: 16 vectors for four positions', () => {
    const layers = 12;
    const deep: Make = (b, x, dice) => {
      let y = x;
      for (let n = 0; n < layers; n++) y = b.relu(conv(16)(b, y, dice));
      return y;
    };
    const program = programOf([1, 16, 4, 4], deep);
    const rows = rowsOf(program);
    expect(rows).toHaveLength(16 * layers);
    expect(rows.every(({ entry }) => entry?.panel.size === 16 && entry.panel.pattern)).toBe(true);
    // two layers for each of the four matrices of a step, and one step that absorbs the output
    expect(program.steps).toBeLessThanOrEqual(layers / 8 + 2);
  });

  it('reads no neighbours where an image has other numbers of them', () => {
    for (const [height, width] of [
      [3, 5],
      [5, 5],
      [1, 7],
      [2, 2],
      [6, 3],
    ]) {
      programOf([1, 16, height!, width!], conv(16));
      programOf([1, 32, height!, width!], conv(16));
      programOf([1, 8, height!, width!], conv(8), TOY);
    }
  });

  it('has weights from row to row on the smallest machine as well', () => {
    const program = programOf(
      [1, 2 * VECTOR],
      (b, x, dice) => b.matmul(x, b.constant([32, 32], dice.reals(1024, 0.3))),
      TOY,
    );
    expect(rowsOf(program).some(({ entry }) => entry!.panel.classes.length === 2 && entry!.columns.length === 2)).toBe(
      true,
    );
  });
});

describe('neighbours in a patch', () => {
  /** Windows of three numbers of a line, some of them moved to where they are of no line. */
  function windowsOf(dice: Dice, count: number): Sums[] {
    const weights = new WeightClass(new Int8Array(VECTOR), () => 0);
    return Array.from({ length: count }, (_, n) => {
      const odd = dice.below(6) === 0;
      const own = [n + 1, n + 2, n + 3].map((v, b) => (odd && b > 0 ? 1 + dice.below(count) : v));
      const vectors = Int32Array.from(new Set(own).size < 3 ? [n + 1, 0, 0] : own);
      return { jobs: [{ weights } as Job], vectors, depth: 1 };
    });
  }

  it('read what each of them reads alone, whatever the windows are', () => {
    const dice = new Dice(11);
    let patches = 0;
    for (let n = 0; n < 200; n++) {
      const windows = windowsOf(dice, 8 + dice.below(25));
      const of = new Map(windows.map(({ jobs, vectors }) => [jobs[0]!, vectors]));
      const all = patch(windows, STANDARD);
      expect(new Set(all.flatMap(({ jobs }) => jobs))).toEqual(new Set(of.keys()));
      for (const { jobs, vectors, pattern } of all) {
        if (!pattern) continue;
        patches++;
        jobs.forEach((job, k) => {
          const read = new Int32Array(3);
          pattern.blockAt[k]!.forEach((block, column) => {
            if (block >= 0) read[block] = vectors[column]!;
          });
          expect(read).toEqual(of.get(job));
        });
      }
    }
    expect(patches).toBeGreaterThan(100);
  });
});

describe('what waits for another', () => {
  it('is never beside it in a tile: the largest of sums over the same numbers', () => {
    programOf([1, 16], (b, x, dice) => {
      const sum = (): Value => b.matmul(x, b.constant([16, 16], dice.reals(256, 0.4)));
      return b.maximum(b.maximum(sum(), sum()), b.maximum(sum(), sum()));
    });
  });
});
