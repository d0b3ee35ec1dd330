/**
 * What a step of the tensor machine costs by its units, in field multiplications counted as in step-operations.ts: the sums of
 * what a unit has in T and P, its products and its rows in the sweeps. All else is the chain's. Linear forms of several variables are left out.
 */

import type { StepSystem } from '../src/folding/step-system.ts';
import { accessLayout, challengeLayout } from '../src/machine/challenge-layout.ts';
import type { Place } from '../src/machine/places.ts';
import type { MachineShape } from '../src/machine/shape.ts';
import { traceLayout } from '../src/machine/trace-layout.ts';
import { productCosts, stepOperations, sumCosts } from './step-operations.ts';

/** By the first scope that a name begins with. */
const UNITS = {
  reads: ['machine/memory', 'machine/backward', 'machine/powers'],
  lanes: ['machine/lanes'],
  tiles: ['machine/tiles'],
  interface: ['machine'],
  chain: [''],
} as const;
type MachineUnit = keyof typeof UNITS;
const NAMES = Object.keys(UNITS) as MachineUnit[];

type Counts = Record<MachineUnit, number>;
const zeros = (): Counts => ({ reads: 0, lanes: 0, tiles: 0, interface: 0, chain: 0 });

const entriesOf = (...places: readonly Place[]): number =>
  places.reduce((sum, { counts, elements }) => sum + counts.reduce((n, count) => n * count, elements), 0);

/** Scalars of the fresh witness by unit: elements of P, small integers and bits of T and P. */
function scalarsOf({ matrix: { sizes } }: StepSystem, shape: MachineShape): Record<'full' | 'small' | 'bits', Counts> {
  const [trace, challenge] = [traceLayout(shape), challengeLayout(shape)];
  const { io, reveal, bitsOf } = trace;
  const [full, small, bits] = [zeros(), zeros(), zeros()];
  full.reads = 2 * accessLayout(shape).count;
  full.tiles = entriesOf(challenge.combined, challenge.extra, challenge.halves, challenge.fed);
  full.interface = challenge.size - full.reads - full.tiles;
  full.chain = sizes.fields - challenge.size;
  small.lanes = entriesOf(trace.acc, trace.relu, trace.out);
  small.interface = entriesOf(io, reveal);
  small.reads = trace.small - small.lanes - small.interface;
  bits.lanes = entriesOf(bitsOf.lanes);
  bits.interface = entriesOf(bitsOf.io, bitsOf.reveal);
  bits.reads = trace.bits - bits.lanes - bits.interface;
  bits.chain = sizes.bits;
  return { full, small, bits };
}

/** Multiplications by unit. */
export function machineShares(system: StepSystem, shape: MachineShape): Counts {
  const { matrix } = system;
  const unitOf = matrix.scopes.map(
    (name) => NAMES.find((unit) => UNITS[unit].some((prefix) => name.startsWith(prefix)))!,
  );
  const [products, rows] = [zeros(), zeros()];
  const costs = productCosts(matrix);
  matrix.rowScope.forEach((scope, row) => {
    const unit = unitOf[scope]!;
    rows[unit]++;
    for (let k = matrix.matrix.rowStart[row]!; k < (matrix.matrix.rowStart[row + 1] ?? 0); k++)
      products[unit] += costs[k]!;
  });
  const all = stepOperations(system);
  const scalars = scalarsOf(system, shape);
  const each = sumCosts(system);
  const rowCount = NAMES.reduce((sum, unit) => sum + rows[unit], 0);
  const shares = zeros();
  for (const unit of NAMES) {
    for (const kind of ['full', 'small', 'bits'] as const) shares[unit] += each[kind] * scalars[kind][unit];
    // an update for each entry, the error's line by rows
    shares[unit] += products[unit] + scalars.full[unit] + scalars.small[unit] + rows[unit];
    shares[unit] += (all.line! * rows[unit]) / rowCount;
  }
  shares.chain += all.cycleFold! + all.ladders! + all.poseidon!;
  return shares;
}
