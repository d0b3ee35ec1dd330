/**
 * Mutants of what stands in the rows: each product left out, and each term of each factor. Where the term is not 0 in some honest
 * witness, that witness is refused by the mutant, which every test of completeness notices. A term that is 0 in all of them is noticed
 * if it alone makes the row see its variable.
 */
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { Analysis } from './analysis.ts';
import type { Group } from './groups.ts';
import type { Outcome } from './outcome.ts';
import { isBit, type Recorder, rowValue } from './recorder.ts';

export function termMutants(analysis: Analysis, selected: (id: string) => boolean): Outcome[] {
  return analysis.groups.flatMap((group): Outcome[] => {
    // an S-box has one term, and its constants are pinned by vectors
    if (analysis.rows[group.rows[0]!]!.sbox) return [];
    const id = (what: string): string => `term | ${analysis.name} | ${group.name} | ${what}`;
    const [products, terms] = [id('a product left out'), id('a term of a factor left out')];
    return [
      ...(selected(products) ? [outcome(products, productsOf(analysis, group))] : []),
      ...(selected(terms) ? [outcome(terms, termsOf(analysis, group))] : []),
    ];
  });
}

type Killed = 'completeness' | 'a variable left free' | undefined;

function outcome(id: string, killed: readonly Killed[]): Outcome {
  const by = [...new Set(killed.filter((name) => name !== undefined))].join(', ');
  return { id, copies: killed.length, killedBy: killed.includes(undefined) ? undefined : by };
}

/** By place in the row; the copies of a group are one piece of source. */
function productsOf(analysis: Analysis, { rows }: Group): Killed[] {
  const most = Math.max(...rows.map((row) => analysis.rows[row]!.products.length));
  return Array.from({ length: most }, (_, p): Killed => {
    const with_ = rows.filter((row) => p < analysis.rows[row]!.products.length);
    const met = with_.some((row) =>
      analysis.recorded.some(({ recorder }) => {
        const [a, b] = recorder.recorded[row]!.products[p]!;
        return recorder.value(a) !== 0n && recorder.value(b) !== 0n;
      }),
    );
    return met ? 'completeness' : undefined;
  });
}

/** By place in the factor. */
function termsOf(analysis: Analysis, { rows }: Group): Killed[] {
  const killed = new Map<string, Killed>();
  for (const row of rows) {
    analysis.rows[row]!.products.forEach((product, p) => {
      product.forEach((form, side) => {
        for (const k of form.vars.keys()) {
          const place = `${p} ${side} ${k}`;
          if (killed.get(place) === undefined) killed.set(place, judge(analysis, row, product[1 - side]!, form, k));
        }
      });
    });
  }
  return [...killed.values()];
}

function judge(analysis: Analysis, row: number, other: LinearForm, form: LinearForm, k: number): Killed {
  const { recorded } = analysis;
  const v = form.vars[k]!;
  if (recorded.some(({ recorder }) => recorder.valueAt(v) !== 0n && recorder.value(other) !== 0n))
    return 'completeness';
  return recorded.some(({ recorder }) => isSeenBy(analysis, recorder, row, other, v))
    ? 'a variable left free'
    : undefined;
}

/** Whether a change of v alone is noticed by this row and no other, and only through its product with `other`. */
function isSeenBy(analysis: Analysis, recorder: Recorder, row: number, other: LinearForm, v: number): boolean {
  if (v === 0 || recorder.value(other) === 0n) return false;
  const before = recorder.valueAt(v);
  recorder.setAt(v, isBit(v) ? 1n - before : before + 1n);
  const noticed = analysis.rowsWith(v).filter((k) => rowValue(recorder, recorder.recorded[k]!) !== 0n);
  recorder.setAt(v, before);
  return noticed.length === 1 && noticed[0] === row;
}
