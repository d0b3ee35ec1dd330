/**
 * Mutants of what stands in the rows: each product left out of a sum of products, and each term of a sum. Where what is left out is
 * not 0 in some honest witness, that witness is refused by the mutant, which every test of completeness notices. Where it is 0 in
 * all of them, the mutant is noticed if it accepts a witness that the row refuses: along a free direction, or with one bit flipped.
 */
import type { Product } from '../../src/circuit/constraint-system.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { Analysis } from './analysis.ts';
import type { Recorded } from './forge.ts';
import type { Group } from './groups.ts';
import type { Outcome } from './outcome.ts';
import { isBit, type Recorder, rowValue } from './recorder.ts';

export function* termMutants(analysis: Analysis, selected: (id: string) => boolean): Generator<Outcome> {
  for (const group of analysis.groups) {
    // an S-box has one term, and its constants are pinned by vectors
    if (analysis.rows[group.rows[0]!]!.sbox) continue;
    for (const [what, parts] of partsOf(analysis, group)) {
      const id = `term | ${analysis.name} | ${group.name} | ${what}`;
      if (selected(id)) yield outcome(id, analysis, parts);
    }
  }
}

/** What is left out of a row: the products that are missing then. */
interface Part {
  readonly row: number;
  readonly products: readonly Product<LinearForm>[];
}

/**
 * By place in the source: rows of a group are copies of one piece of it. The only product of a row, and the only term of a factor,
 * are not among them: without them the row is gone (rows.ts), or the product.
 */
function partsOf(analysis: Analysis, { rows }: Group): Map<string, Part[]> {
  const parts = new Map<string, Part[]>();
  const add = (place: string, part: Part): void => {
    const copies = parts.get(place);
    if (copies) copies.push(part);
    else parts.set(place, [part]);
  };
  for (const row of rows) {
    const { products } = analysis.rows[row]!;
    products.forEach((product, p) => {
      if (products.length > 1) add(`product ${p + 1} left out`, { row, products: [product] });
      product.forEach((form, side) => {
        if (form.vars.length === 1) return;
        for (const k of form.vars.keys()) {
          const term = { vars: [form.vars[k]!], coefs: [form.coefs[k]!] };
          const other = product[1 - side]!;
          add(`a term of factor ${p + 1}${'ab'[side]} left out`, { row, products: [[term, other]] });
        }
      });
    });
  }
  return parts;
}

/** A product is one place in all copies; a term is one of a sum over as many places, each of which counts. */
function outcome(id: string, analysis: Analysis, parts: readonly Part[]): Outcome {
  const isTerm = id.includes('a term of');
  const killed = isTerm ? byPlace(analysis, parts) : [firstOf(analysis, parts)];
  const by = [...new Set(killed.filter((name) => name !== undefined))].join(', ');
  return { id, copies: killed.length, killedBy: killed.includes(undefined) ? undefined : by };
}

type Killed = 'completeness' | 'freedom' | 'a flipped bit' | 'forged witness' | undefined;

/** The k-th term of one copy and that of another are one place. */
function byPlace(analysis: Analysis, parts: readonly Part[]): Killed[] {
  const seen = new Map<number, number>();
  const places: Part[][] = [];
  for (const part of parts) {
    const k = seen.get(part.row) ?? 0;
    seen.set(part.row, k + 1);
    if (places[k]) places[k].push(part);
    else places[k] = [part];
  }
  return places.map((copies) => firstOf(analysis, copies));
}

/** Copies that are followed along directions where none is refused at once. */
const TRIED = 3;

function firstOf(analysis: Analysis, copies: readonly Part[]): Killed {
  const { recorded } = analysis;
  const isMet = ({ recorder }: Recorded): boolean => copies.some(({ products }) => valueIn(recorder, products) !== 0n);
  if (recorded.some(isMet) || analysis.all.some(isMet)) return 'completeness';
  for (const { row, products } of copies.slice(0, TRIED)) {
    if (analysis.isFreedPart(row, products)) return 'freedom';
    if (recorded.some(({ recorder }) => isFlipped(analysis, recorder, row, products))) return 'a flipped bit';
  }
  const [{ row, products }] = copies as [Part];
  return analysis.isForgedPart(row, products) ? 'forged witness' : undefined;
}

function valueIn(recorder: Recorder, products: readonly Product<LinearForm>[]): bigint {
  return rowValue(recorder, { products });
}

/** Whether one bit of the part, flipped, is noticed by this row and no other, and only through the part. */
function isFlipped(
  analysis: Analysis,
  recorder: Recorder,
  row: number,
  products: readonly Product<LinearForm>[],
): boolean {
  const bits = new Set(products.flat().flatMap(({ vars }) => vars.filter(isBit)));
  return [...bits].some((v) => {
    const before = recorder.valueAt(v);
    recorder.setAt(v, 1n - before);
    const whole = rowValue(recorder, analysis.rows[row]!);
    const noticed = analysis.rowsWith(v).filter((k) => rowValue(recorder, recorder.recorded[k]!) !== 0n);
    const part = valueIn(recorder, products);
    recorder.setAt(v, before);
    return noticed.length === 1 && noticed[0] === row && whole === part;
  });
}
