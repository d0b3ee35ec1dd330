/**
 * Families: rows that are copies of one pattern (docs/protocol.md, section 2).
 *
 * The fold sweeps the copies as it does all rows. The final proof evaluates a family in closed form (protocol section 9.2), at the cost of its pattern,
 * and for that every index of a copy must be affine in the bits of the copy's number: v(c) = v(0) + sum over the bits b of c of a stride,
 * which is 0 or a power of two. `familiesOf` reads that off the rows as they were built, and compares every copy with it: a family says
 * nothing that the rows do not say.
 */
import { FoldError, invariant } from '../errors.ts';
import { BLOCK, BLOCK_NAMES, type BlockName, type LinearForm, VAR_U } from './linear-form.ts';
import type { ShapeRow } from './shape.ts';

/** coefficient z_v, v = variable + (strides of the bits of the copy's number). */
export interface PatternTerm {
  /** Index in z of copy 0. */
  readonly variable: number;
  /** For each bit of the copy's number 0 or a power of two, those that are not 0 distinct. */
  readonly strides: readonly number[];
  readonly coefficient: bigint;
}

export interface PatternRow {
  /** The products of two operands of which none is u, in their order. An operand of one term has the coefficient 1: it is the product's. */
  readonly products: readonly (readonly [readonly PatternTerm[], readonly PatternTerm[]])[];
  /** What is multiplied by u. */
  readonly linear: readonly PatternTerm[];
  /** The coefficient of u^2: constant + sum over the bits of the copy's number of its step. */
  readonly constant: bigint;
  readonly steps: readonly bigint[];
}

export interface Family {
  /** There are 2^log copies. */
  readonly log: number;
  /** Row i of copy c is the listed row `row` + i 2^log + c. */
  readonly row: number;
  readonly pattern: readonly PatternRow[];
}

/** Rows of a family as they were built: copy after copy. */
export interface ReplicatedRows {
  readonly log: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The order of the compiled rows, as indices of those that were built: families first, those of most copies before the others, so that
 * each is aligned to its copies; row i of copy c at i 2^log + c.
 */
export function rowOrder(rows: number, families: readonly ReplicatedRows[]): number[] {
  const order: number[] = [];
  for (const { log, from, to } of byCopies(families)) {
    const each = (to - from) / 2 ** log;
    for (let i = 0; i < each; i++) for (let c = 0; c < 2 ** log; c++) order.push(from + c * each + i);
  }
  const replicated = new Set(order);
  for (let i = 0; i < rows; i++) if (!replicated.has(i)) order.push(i);
  return order;
}

/** The families of compiled rows. @param rows in their compiled order */
export function familiesOf(
  rows: readonly ShapeRow[],
  families: readonly ReplicatedRows[],
  position: (v: number) => number,
  modulus: bigint,
): Family[] {
  let row = 0;
  return byCopies(families).map(({ log, from, to }) => {
    const copies = 2 ** log;
    const each = (to - from) / copies;
    const first = row;
    row += to - from;
    const pattern = Array.from({ length: each }, (_, i) =>
      patternRow(rows.slice(first + i * copies, first + (i + 1) * copies), log, position, modulus),
    );
    return { log, row: first, pattern };
  });
}

function byCopies(families: readonly ReplicatedRows[]): readonly ReplicatedRows[] {
  return families.toSorted((a, b) => b.log - a.log);
}

/** @throws E_BUG where a copy is not what the others make of it */
function patternRow(
  rows: readonly ShapeRow[],
  log: number,
  position: (v: number) => number,
  modulus: bigint,
): PatternRow {
  const first = rows[0]!;
  const last = first.at(-1)!;
  const linear = isU(last[1]) ? 1 : 0;
  invariant(
    rows.every((row) => row.length === first.length && isU(row.at(-1)![1]) === (linear === 1)),
    'replicated rows have different numbers of products',
  );
  const products = first.slice(0, first.length - linear).map((_, k) => {
    const side = (s: 0 | 1) =>
      single(
        terms(
          rows.map((row) => row[k]![s]),
          log,
          position,
        ),
      );
    return [side(0), side(1)] as const;
  });
  const parts = linear ? rows.map((row) => withoutU(row.at(-1)![0])) : [];
  const constants = parts.map(({ constant }) => constant);
  const constant = constants[0] ?? 0n;
  const steps = Array.from({ length: log }, (_, b) => ((constants[2 ** b] ?? 0n) - constant + modulus) % modulus);
  constants.forEach((k, c) => {
    if (c > 0 && k !== (constants[c & (c - 1)]! + steps[lowestBit(c)]!) % modulus) throw notAffine('a constant');
  });
  return {
    products,
    linear: terms(
      parts.map(({ form }) => form),
      log,
      position,
    ),
    constant,
    steps,
  };
}

function isU(form: LinearForm): boolean {
  return form.vars.length === 1 && form.vars[0] === VAR_U;
}

/** A single variable's coefficient belongs to the product. */
function single(form: readonly PatternTerm[]): readonly PatternTerm[] {
  return form.length === 1 ? [{ ...form[0]!, coefficient: 1n }] : form;
}

/** A form's coefficient of u, and the rest. */
function withoutU({ vars, coefs }: LinearForm): { readonly form: LinearForm; readonly constant: bigint } {
  if (vars[0] !== VAR_U) return { form: { vars, coefs }, constant: 0n };
  return { form: { vars: vars.slice(1), coefs: coefs.slice(1) }, constant: coefs[0]! };
}

/** The terms of one operand, from its copies. */
function terms(forms: readonly LinearForm[], log: number, position: (v: number) => number): PatternTerm[] {
  const first = forms[0];
  if (!first) return [];
  const same = forms.every(
    ({ vars, coefs }) => vars.length === first.vars.length && coefs.every((k, t) => k === first.coefs[t]),
  );
  if (!same) throw notAffine('the coefficients of an operand');
  return first.vars.map((v, t): PatternTerm => {
    const at = (c: number): number => position(forms[c]!.vars[t]!);
    const variable = position(v);
    const strides = Array.from({ length: log }, (_, b) => at(2 ** b) - variable);
    const used = strides.filter((s) => s !== 0);
    if (new Set(used).size < used.length || used.some((s) => s < 0 || !Number.isInteger(Math.log2(s))))
      throw notAffine('the strides of an operand');
    const said = new Int32Array(forms.length);
    for (let c = 1; c < forms.length; c++) {
      said[c] = said[c & (c - 1)]! + strides[lowestBit(c)]!;
      if (at(c) !== variable + said[c]!) throw notAffine('a variable of an operand');
    }
    return { variable, strides, coefficient: first.coefs[t]! };
  });
}

/** The number of the lowest bit that is set; c > 0. */
function lowestBit(c: number): number {
  return 31 - Math.clz32(c & -c);
}

function notAffine(what: string): FoldError {
  return new FoldError('E_BUG', `A replicated row is not affine in the number of the copy: ${what}.`);
}

/** What families need of the places of rows and variables, beyond the order that `compile` and whoever allocates give them. */
export interface FamilyAlignment {
  /** The listed rows begin at a multiple of this: the copies of the family that has most. */
  readonly rows: number;
  /**
   * In its block a part's first variable stands at a multiple of this, twice the largest stride in it: what has zeros at the bits of
   * its strides within the part then has them in the block.
   */
  readonly variables: Readonly<Partial<Record<BlockName, number>>>;
}

/** Of rows as they were built. */
export function alignmentOf(rows: readonly ShapeRow[], families: readonly ReplicatedRows[]): FamilyAlignment {
  const variables: Partial<Record<BlockName, number>> = {};
  for (const { log, from, to } of families) {
    const each = (to - from) / 2 ** log;
    for (let i = 0; i < each; i++) {
      const first = rows[from + i]!;
      for (let b = 0; b < log; b++) {
        const copy = rows[from + i + each * 2 ** b]!;
        first.forEach((operands, k) => {
          operands.forEach(({ vars }, side) => {
            vars.forEach((v, t) => {
              const part = BLOCK_NAMES[Math.floor(v / BLOCK)]!;
              // where the copies differ in more, `compile` says so
              const stride = (copy[k]?.[side]?.vars[t] ?? v) - v;
              if (stride > 0) variables[part] = Math.max(variables[part] ?? 1, 2 * stride);
            });
          });
        });
      }
    }
  }
  return { rows: 2 ** Math.max(0, ...families.map(({ log }) => log)), variables };
}
