/**
 * The key of the inner-product argument's prover, folded by two rounds at once. After a first round with challenge r the points stay
 * as they are, G = A + n(r) B. A second one halves A, B and so G: the upper half of G is folded, H = A' + n(r) B', because its points are
 * needed one by one, the lower half is not: a sum over it is one over A'' and B'' together. Then A'' + n(r) B'' + n(r2) H
 * is made in one go, whose two terms share their doublings. Against folding in every round a third of all doublings falls
 * out; one of two rounds' four messages is a sum of twice as many points.
 */
import { concat } from '../algebra/concat.ts';
import type { Engine, FoldTerm, Points, Vec } from '../algebra/engine.ts';
import type { Affine } from '../algebra/params.ts';
import { scalarOfChallenge } from '../folding/fold-verifier.ts';

export class FoldedKey {
  private readonly engine: Engine;
  private readonly points: Points;
  private readonly term: FoldTerm | undefined;

  /** points + n(r) term, or the points alone. */
  constructor(engine: Engine, points: Points, term?: FoldTerm) {
    [this.engine, this.points, this.term] = [engine, points, term];
  }

  /** The lower half, and the upper one point by point. */
  halves(): { readonly lower: FoldedKey; readonly upper: Points } {
    const { engine, points, term } = this;
    const half = points.length / 2;
    const of = (from: number): readonly [Points, FoldTerm | undefined] => [
      points.subarray(from, from + half),
      term && { points: term.points.subarray(from, from + half), r: term.r },
    ];
    const [upper, above] = of(half);
    return {
      lower: new FoldedKey(engine, ...of(0)),
      upper: above ? engine.g1.foldPoints(upper, [above]) : upper,
    };
  }

  /** sum values[i] G_i */
  sum(values: Vec): Affine | null {
    const { g1, fr } = this.engine;
    const { points, term } = this;
    if (!term) return g1.msm(points, { kind: 'full', values });
    const scaled = new Uint8Array(values.length);
    fr.axpy(scaled, fr.encode([scalarOfChallenge(term.r)]), values);
    return g1.msm(concat([points, term.points]), { kind: 'full', values: concat([values, scaled]) });
  }

  /** This, the lower half, plus n(r) times the upper one. */
  folded(upper: Points, r: bigint): FoldedKey {
    const { engine, points, term } = this;
    const next = { points: upper, r };
    return term
      ? new FoldedKey(engine, engine.g1.foldPoints(points, [term, next]))
      : new FoldedKey(engine, points, next);
  }
}
