/**
 * The model entries of a step from its groups: addresses, weights, biases, multipliers (program.ts has the order).
 */
import { type ModelLayout, modelLayout } from '../program.ts';
import { groupsPerMatrix, indexPosition, type MachineShape, VECTOR } from '../shape.ts';
import type { Group, RowPlan } from './group.ts';
import { type JobList, type Multipliers, NO_TABLE, RAW, type Entry as TableEntry, ZERO_VECTOR } from './jobs.ts';
import type { Entry } from './matrix.ts';
import { blockAt } from './parts.ts';
import type { Schedule } from './schedule.ts';
import { chooseTags } from './tags.ts';

/** What a step absorbs: its input, an output, or nothing. */
export interface StepIo {
  readonly selector: 'input' | 'output' | undefined;
  /** Addresses of the output reads. */
  readonly reads: readonly number[];
  /** Address of the revealed number, if this step reveals. */
  readonly reveal: number | undefined;
}

export class Emitter {
  readonly #layout: ModelLayout;
  /** By table. */
  readonly #tags: Float64Array;
  /** By step: constant vectors and where. */
  readonly #constants = new Map<number, { readonly slot: number; readonly values: Float64Array }[]>();

  constructor(
    list: JobList,
    private readonly schedule: Schedule,
    private readonly shape: MachineShape,
    private readonly slots: number,
  ) {
    this.#layout = modelLayout(shape);
    this.#tags = chooseTags(list);
    const { memory } = schedule;
    const put = (step: number, slot: number, values: Float64Array): void => {
      const others = this.#constants.get(step);
      if (others) others.push({ slot, values });
      else this.#constants.set(step, [{ slot, values }]);
    };
    list.constants.forEach((values, n) => {
      put(memory.constants[n]!.step, memory.constants[n]!.slot, values);
    });
    list.tables.forEach(({ entries, perStep }, n) => {
      const { step, slot } = memory.tables[n]!;
      entries.forEach((entry, e) => {
        if (entry) put(step + Math.floor(e / perStep), slot + (e % perStep), vectorOf(entry, this.#tags[n]!));
      });
    });
  }

  model(step: number, io: StepIo): Float64Array {
    const model = new Float64Array(this.#layout.size);
    const layout = this.#layout;
    for (const { slot, values } of this.#constants.get(step) ?? []) model.set(values, layout.constants.at(slot));
    model.set(io.reads, layout.io.at(0));
    model[layout.reveal.at(0)] = io.reveal ?? 0;
    model[layout.selectors.at(0)] = io.selector === 'input' ? 1 : 0;
    model[layout.selectors.at(1)] = io.selector === 'output' ? 1 : 0;
    model[layout.selectors.at(2)] = io.reveal === undefined ? 0 : 1;
    for (let g = 0; g < this.shape.groups; g++) {
      const group = this.schedule.groups[step * this.shape.groups + g];
      if (!group) break;
      if (group.shape.tile > this.shape.tile) model[layout.selectors.at(3)] = 1;
      const matrix = g / groupsPerMatrix(group.shape);
      if (Number.isInteger(matrix)) for (const entry of group.matrix.entries) this.#entry(model, matrix, entry);
      this.#group(model, g, group);
    }
    return model;
  }

  #address(vector: number): number {
    return this.schedule.addresses[vector]!;
  }

  #group(model: Float64Array, g: number, group: Group): void {
    group.rows.forEach((row, r) => {
      if (row) this.#row(model, [g, r, group.shape.tile], row);
    });
    for (const plan of group.lookups) this.#lookup(model, g, plan);
  }

  #entry(model: Float64Array, matrix: number, { panel, part, columns, row }: Entry): void {
    const { weights, computed } = this.#layout;
    const { rowVectors, matrices, tile } = this.shape;
    const c = matrix - (matrices - this.shape.computed);
    // of matrices that are joined the one that has this quarter
    const at = (row: number, column: number, l: number): number => {
      const [quarter, s] = [2 * Math.floor(row / tile), Math.floor(column / rowVectors)];
      const own = matrix + quarter + Math.floor(s / tile);
      return weights.at(column % rowVectors, own, row % tile, l, s % tile);
    };
    columns.forEach((column, n) => {
      panel.classes.forEach((own, o) => {
        const block = blockAt(panel, o, part * panel.perPart + n);
        if (block < 0) return;
        for (let l = 0; l < VECTOR; l++) {
          if (panel.isComputed) {
            model[computed.at(column, c, l)] = this.#address(own.computed[block]![l]!);
          } else {
            model.set(own.blocks[block]!.subarray(l * VECTOR, (l + 1) * VECTOR), at(row + o, column, l));
          }
        }
      });
    });
  }

  #row(
    model: Float64Array,
    [g, r, tile]: readonly [number, number, number],
    { job, before, part, isLast, entry }: RowPlan,
  ): void {
    const layout = this.#layout;
    const { rowVectors } = this.shape;
    entry?.columns.forEach((column, n) => {
      const row = entry.panel.isComputed ? r : r - (r % tile) + Math.floor(column / rowVectors);
      model[layout.bank.at(column % rowVectors, g, row)] = this.#address(part.vectors[n]!);
    });
    if (job.left !== ZERO_VECTOR) model[layout.bank.at(0, g, r)] = this.#address(job.left);
    model[layout.residual.at(0, g, r)] = before ?? this.#address(job.y);
    model[layout.residual.at(1, g, r)] = this.#address(job.right);
    if (isLast && job.bias) model.set(job.bias, layout.bias.at(g, r));
    multipliers(job.m, before !== undefined, isLast).forEach((m, n) => {
      model[layout.m.at(g, r) + n * layout.m.step[g]!] = m;
    });
  }

  #lookup(model: Float64Array, g: number, { lookup, v }: Group['lookups'][number]): void {
    const layout = this.#layout;
    const position = indexPosition(this.shape) + v;
    model[layout.bank.at(position, g, this.shape.rows - 1)] = this.#address(lookup.index);
    model[layout.index.at(g, v)] = lookup.multiplier;
    lookup.tables.forEach((table, l) => {
      if (table === NO_TABLE) return;
      const { step, slot } = this.schedule.memory.tables[table]!;
      model[layout.base.at(g, v, l)] = step * this.slots + slot + lookup.base[l]!;
      model[layout.tags.at(g, v, l)] = this.#tags[table]!;
    });
  }
}

/** An entry as a look-up finds it. */
function vectorOf(entry: TableEntry, tag: number): Float64Array {
  const vector = new Float64Array(VECTOR);
  vector.set([...entry, tag]);
  return vector;
}

/** A job's multipliers in one of its rows. */
function multipliers(m: Multipliers, goesOn: boolean, isLast: boolean): Multipliers {
  if (!isLast) return goesOn ? RAW : [RAW[0], RAW[1], 0, 0, m[4]];
  return goesOn ? [m[0], m[1], m[2], 0, 1] : m;
}
