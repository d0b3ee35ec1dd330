/**
 * What every run of a circuit for its shape shares: E is a linear form, linear algebra costs nothing, nothing has a value.
 * ShapeBuilder records rows as the fold takes them, R1csShape (src/wrap/r1cs) as constraints.
 */
import { FoldError } from '../errors.ts';
import type { ConstraintSystem, Product } from './constraint-system.ts';
import { combine, constantOf, type LinearForm, singleton, VAR_U, ZERO_FORM } from './linear-form.ts';

export type Term = readonly [bigint, LinearForm];

export abstract class FormSystem implements ConstraintSystem<LinearForm> {
  readonly modulus: bigint;

  constructor(modulus: bigint) {
    this.modulus = modulus;
  }

  constant(k: bigint): LinearForm {
    return this.scale(k, singleton(VAR_U));
  }
  add(a: LinearForm, b: LinearForm): LinearForm {
    return this.sum([
      [1n, a],
      [1n, b],
    ]);
  }
  sub(a: LinearForm, b: LinearForm): LinearForm {
    return this.sum([
      [1n, a],
      [-1n, b],
    ]);
  }
  scale(k: bigint, a: LinearForm): LinearForm {
    return combine([[k, a]], this.modulus);
  }
  sum(terms: readonly Term[]): LinearForm {
    return terms.length === 0 ? ZERO_FORM : combine(terms, this.modulus);
  }

  /** A row's products of two forms that are not constant, each with its place in the row; the rest goes to `linear`. */
  protected properProducts(
    products: readonly Product<LinearForm>[],
    linear: Term[],
  ): { readonly a: LinearForm; readonly b: LinearForm; readonly at: number }[] {
    return products.flatMap(([a, b], at) => {
      const ka = constantOf(a);
      const kb = constantOf(b);
      if (kb !== undefined) linear.push([kb, a]);
      else if (ka !== undefined) linear.push([ka, b]);
      else return [{ a, b, at }];
      return [];
    });
  }

  block(_count: number, build: () => readonly LinearForm[]): readonly LinearForm[] {
    return build();
  }
  value(): bigint {
    throw new FoldError('E_BUG', 'a shape has no values');
  }

  abstract publicInputs(values: () => readonly bigint[], count: number): LinearForm[];
  abstract bits(n: number): LinearForm[];
  abstract field(): LinearForm;
  abstract row(...products: readonly Product<LinearForm>[]): void;
  abstract fifthPower(l: LinearForm): LinearForm;
  abstract permute(state: readonly LinearForm[]): LinearForm[];
  abstract scope<T>(name: string, body: () => T): T;
}
