/**
 * All rows of one step of the tensor machine (docs/protocol.md). It allocates all of M and T and the machine's share of P, in
 * the orders of `modelLayout`, `traceLayout` and `challengeLayout`; none of its rows needs the fold.
 */
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { ENTERED, rhoPowers } from '../challenge-layout.ts';
import { type MachineShape, VECTOR } from '../shape.ts';
import { buildAbsorption, buildRanges, buildReveal, buildSelectors } from './io.ts';
import { buildLanes, buildShared } from './lanes.ts';
import { buildAccesses, buildReads, firstSlot, writesOf } from './memory.ts';
import { allocateWires } from './wires.ts';

/** What the chain ties to its state. */
export interface MachineStep {
  /** j. */
  readonly position: LinearForm;
  /** The state that the step starts from: variables of its own. */
  readonly enter: Readonly<Record<Exclude<(typeof ENTERED)[number], 'position'>, LinearForm>>;
  /** What becomes of it. The challenges stay as they are. */
  readonly leave: Readonly<Record<'hIn' | 'o' | 'k' | 'sum', LinearForm>>;
}

export function buildMachine(cs: ShapeBuilder, shape: MachineShape): MachineStep {
  return cs.scope('machine', () => {
    const wires = allocateWires(cs, shape);
    const entered = Object.fromEntries(ENTERED.map((name) => [name, cs.field()]));
    const { position, ...enter } = entered as MachineStep['enter'] & Pick<MachineStep, 'position'>;
    const { alpha, gamma, rho } = enter;
    const one = cs.constant(1n);

    const [alphas, rhos] = cs.scope('powers', () => [
      powersOf(cs, alpha, VECTOR - 1),
      powersOf(cs, rho, rhoPowers(shape)),
    ]);
    cs.scope('selectors', () => buildSelectors(cs, wires));
    cs.scope('ranges', () => buildRanges(cs, wires));
    cs.scope('lanes', () => {
      for (const group of wires.groups) buildLanes(cs, group);
    });
    cs.scope('shared', () => {
      const combined = wires.groups.map(() => Array.from({ length: shape.rowVectors * VECTOR }, () => cs.field()));
      wires.groups.forEach((group, g) => {
        buildShared(cs, group, [one, ...rhos].slice(0, shape.rows), combined[g]!);
      });
    });

    const first = firstSlot(cs, shape, position);
    const reads = cs.scope('backward', () =>
      wires.groups.flatMap((group, g) => buildReads(cs, shape, group, g, first)),
    );
    const unbounded = [...wires.io, wires.reveal].map(({ address, numbers }) => {
      return { address, numbers, result: [cs.constant(-1n), one] as const };
    });
    const sum = cs.scope('memory', () => {
      const accesses = [...reads, ...unbounded, ...writesOf(cs, shape, wires, first)];
      const inverses = buildAccesses(cs, accesses, alphas, gamma);
      const next = cs.field();
      cs.row([cs.sum([[-1n, next], [1n, enter.sum], ...inverses.map((inverse) => [1n, inverse] as const)]), one]);
      return next;
    });
    const absorbed = cs.scope('absorption', () => buildAbsorption(cs, wires, enter));
    const k = cs.scope('reveal', () => buildReveal(cs, wires, enter.k));
    return { position, enter, leave: { ...absorbed, k, sum } };
  });
}

/** e, e^2, .., of which the first is no new variable. */
function powersOf(cs: ShapeBuilder, e: LinearForm, more: number): LinearForm[] {
  const powers = [e];
  for (let k = 0; k < more; k++) {
    const next = cs.field();
    cs.row([powers[k]!, e], [cs.scale(-1n, next), cs.constant(1n)]);
    powers.push(next);
  }
  return powers;
}
