/** Mutants of a circuit's rows: each row left out; each left out where a condition holds that the circuit tells apart. */
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { Analysis } from './analysis.ts';
import type { Recorded } from './forge.ts';
import type { Group } from './groups.ts';
import type { Outcome } from './outcome.ts';
import { isBit, type RecordedRow } from './recorder.ts';

export function* rowMutants(analysis: Analysis, selected: (id: string) => boolean): Generator<Outcome> {
  for (const group of analysis.groups) {
    const id = `row | ${analysis.name} | ${group.name}`;
    if (!selected(id)) continue;
    const noticed = group.rows.map((row) => analysis.noticed(row));
    const by = new Set(noticed.filter((name) => name !== undefined));
    const killedBy = noticed.includes(undefined) ? undefined : [...by].join(', ');
    yield { id, copies: group.rows.length, killedBy };
  }
}

interface Condition {
  readonly name: string;
  holds(row: number, recorded: Recorded): boolean;
}

export function* maskMutants(analysis: Analysis, selected: (id: string) => boolean): Generator<Outcome> {
  for (const group of analysis.groups)
    for (const condition of conditionsOf(analysis, group)) {
      const id = `mask | ${analysis.name} | ${group.name} | off where ${condition.name}`;
      if (selected(id)) yield { id, copies: group.rows.length, ...maskMutant(analysis, group, condition) };
    }
}

/** Rows of a group that are tried with forged witnesses, where no direction is free. */
const TRIED = 3;

function maskMutant(analysis: Analysis, group: Group, { holds }: Condition): Pick<Outcome, 'killedBy' | 'equivalent'> {
  const at = (row: number) => (recorded: Recorded) => holds(row, recorded);
  if (group.rows.some((row) => analysis.isFreed(row, at(row)))) return { killedBy: 'freedom' };
  const switches = booleansOf(analysis, group);
  const isOff = (row: number, { recorder }: Recorded): boolean =>
    analysis.rows[row]!.products.every((_, p) =>
      switches.some((b) => b.product === p && recorder.value(b.of(row)) === 0n),
    );
  const met = group.rows.flatMap((row) => {
    const where = analysis.recorded.filter(at(row));
    return where.length > 0 ? [{ row, where }] : [];
  });
  if (met.length > 0 && met.every(({ row, where }) => where.every((recorded) => isOff(row, recorded))))
    return { equivalent: 'the row is 0 there, whatever the rest' };
  for (const { row } of met.slice(0, TRIED)) {
    const killedBy = analysis.noticed(row, at(row));
    if (killedBy !== undefined) return { killedBy };
  }
  const [first] = group.rows as [number];
  return analysis.isForgedWhere(first, at(first)) ? { killedBy: 'forged witness' } : {};
}

/** The situations' own conditions; a factor of the row, or of a row beside it, that is 0 or 1 only. */
function conditionsOf(analysis: Analysis, group: Group): Condition[] {
  const flags = Object.keys(analysis.recorded[0]!.situation.holds);
  const conditions = flags.flatMap((flag) =>
    [true, false].map(
      (wanted): Condition => ({
        name: `${wanted ? '' : 'not '}${flag}`,
        holds: (_row, { situation }) => situation.holds[flag] === wanted,
      }),
    ),
  );
  for (const offset of [0, -1, 1]) {
    const beside = neighbours(analysis, group, offset);
    if (!beside) continue;
    for (const { name, of } of booleansOf(analysis, beside)) {
      for (const wanted of [0n, 1n]) {
        conditions.push({
          name: `${name}${offset ? ` of the row ${offset < 0 ? 'before' : 'after'}` : ''} is ${wanted}`,
          holds: (row, { recorder }) => recorder.value(of(row + offset)) === wanted,
        });
      }
    }
  }
  return conditions;
}

/** The rows at an offset from those of a group, where they share a field variable with them and are a group of their own. */
function neighbours(analysis: Analysis, group: Group, offset: number): Group | undefined {
  if (offset === 0) return group;
  const rows = group.rows.map((row) => row + offset);
  const other = analysis.groups.find((g) => g.rows.includes(rows[0]!));
  if (!other || rows.some((row) => !other.rows.includes(row))) return undefined;
  const first = new Set(fieldsOf(analysis.rows[group.rows[0]!]!));
  return fieldsOf(analysis.rows[rows[0]!]!).some((v) => first.has(v)) ? { name: other.name, rows } : undefined;
}

const fieldsOf = ({ products }: RecordedRow): number[] =>
  products.flat().flatMap((form) => form.vars.filter((v) => v !== 0 && !isBit(v)));

interface BooleanFactor {
  readonly name: string;
  readonly product: number;
  of(row: number): LinearForm;
}

/** Factors that are 0 or 1 in every copy and every situation, and both of it somewhere. */
function booleansOf(analysis: Analysis, group: Group): BooleanFactor[] {
  const count = Math.min(...group.rows.map((row) => analysis.rows[row]!.products.length));
  const factors = Array.from({ length: count }, (_, product) =>
    ([0, 1] as const).map(
      (side): BooleanFactor => ({
        name: `factor ${product + 1}${'ab'[side]}`,
        product,
        of: (row) => analysis.rows[row]!.products[product]![side],
      }),
    ),
  ).flat();
  return factors.filter(({ of }) => {
    const values = new Set<bigint>();
    for (const row of group.rows) {
      for (const { recorder } of analysis.recorded) {
        values.add(recorder.value(of(row)));
        if (values.size > 2) return false;
      }
    }
    return values.size === 2 && values.has(0n) && values.has(1n);
  });
}
