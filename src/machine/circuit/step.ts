/**
 * All rows of one step of the tensor machine (docs/protocol.md). It allocates all of M and T and the machine's share of P, as
 * `modelLayout`, `traceLayout` and `challengeLayout` say; none of its rows needs the fold.
 */
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { ENTERED, rhoPowers } from '../challenge-layout.ts';
import { type MachineShape, VECTOR } from '../shape.ts';
import { buildAbsorption, buildRanges, buildReveal, buildSelectors } from './io.ts';
import { buildLanes } from './lanes.ts';
import { MemoryRows } from './memory.ts';
import { TileRows } from './tiles.ts';
import { type Forms, MachineWires } from './wires.ts';

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
    const wires = new MachineWires(cs, shape);
    const { challenge, share } = wires;
    const entered = Object.fromEntries(ENTERED.map((name, n) => [name, share[challenge.entered + n]!]));
    const { position, ...enter } = entered as MachineStep['enter'] & Pick<MachineStep, 'position'>;
    const { alpha, gamma, rho } = enter;

    const [alphas, rhos] = cs.scope('powers', () => [
      powersOf(cs, alpha, share.slice(challenge.alphaPowers, challenge.alphaPowers + VECTOR - 1)),
      powersOf(cs, rho, share.slice(challenge.rhoPowers, challenge.rhoPowers + rhoPowers(shape))),
    ]);
    cs.scope('selectors', () => buildSelectors(cs, wires));
    cs.scope('ranges', () => buildRanges(cs, wires));
    cs.scope('lanes', () => buildLanes(cs, wires));
    cs.scope('tiles', () => new TileRows(cs, wires, [cs.constant(1n), ...rhos]).build());
    const memory = new MemoryRows(cs, wires, { position, powers: alphas, gamma });
    memory.reads();
    memory.unbounded();
    memory.writes();
    const sum = cs.scope('memory', () => memory.sum(enter.sum));
    const absorbed = cs.scope('absorption', () => buildAbsorption(cs, wires, enter));
    const k = cs.scope('reveal', () => buildReveal(cs, wires, enter.k));
    return { position, enter, leave: { ...absorbed, k, sum } };
  });
}

/** e, e^2, .., of which the first is no new variable. */
function powersOf(cs: ShapeBuilder, e: LinearForm, more: Forms): LinearForm[] {
  const powers = [e];
  for (const next of more) {
    cs.row([powers.at(-1)!, e], [cs.scale(-1n, next), cs.constant(1n)]);
    powers.push(next);
  }
  return powers;
}
