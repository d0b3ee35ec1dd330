/**
 * The lanes of a group and the sums that feed them (docs/protocol.md, the tensor machine): three rows a lane, each value of the
 * trace a function of the model and of what is read.
 *
 *   accumulator = acc + dense + bank[0] Z + bias + m5 Y = (its SUM_BITS bits) - 2^(SUM_BITS - 1)
 *   relu = s y, s the highest of the bits: 1 for y >= 0
 *   out = m1 y + m2 rem + m3 relu + m4 Y
 */
import type { Product } from '../../circuit/constraint-system.ts';
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { VECTOR } from '../shape.ts';
import { SUM_BITS } from '../trace-layout.ts';
import { overCopies } from './copies.ts';
import { type Forms, type MachineWires, splitSum } from './wires.ts';

/** The rows of all lanes. Those that the dense unit feeds are other patterns than the others. */
export function buildLanes(cs: ShapeBuilder, wires: MachineWires): void {
  const { groups, rows, dense } = wires.shape;
  overCopies(cs, [groups, [0, dense.vectors], VECTOR], (g, r, l) => buildLane(cs, wires, [g, r, l], true));
  overCopies(cs, [groups, [dense.vectors, rows], VECTOR], (g, r, l) => buildLane(cs, wires, [g, r, l], false));
}

function buildLane(
  cs: ShapeBuilder,
  wires: MachineWires,
  [g, r, l]: readonly [number, number, number],
  hasDense: boolean,
): void {
  const { model, trace, shape } = wires;
  const one = cs.constant(1n);
  const lowest = 1n << BigInt(SUM_BITS - 1);
  const [m1, m2, m3, m4, m5] = wires.elements(model.m, g, r) as [
    LinearForm,
    LinearForm,
    LinearForm,
    LinearForm,
    LinearForm,
  ];
  const [read, relu] = [wires.number(trace.residual, 0, g, r, l), wires.number(trace.relu, g, r, l)];
  const bits = wires.bits(trace.bitsOf.lanes, g, r, l);
  const { y, rem } = splitSum(cs, bits);
  const rest = cs.sum([
    [1n, wires.number(trace.acc, g, r, l)],
    [1n, wires.entry(model.bias, g, r, l)],
    [lowest, one],
    [-1n, pack(cs, bits)],
  ]);
  const weighted: Product<LinearForm>[] = [];
  if (hasDense)
    for (let v = 0; v < shape.rowVectors; v++)
      for (let row = 0; row < shape.dense.rows; row++)
        weighted.push(
          ...products(wires.entries(model.dense, [v, g, r, l, row]), wires.numbers(trace.bank, [v, g, row])),
        );
  const laneProduct = [wires.number(trace.bank, 0, g, r, l), wires.number(trace.residual, 1, g, r, l)] as const;
  cs.row(...weighted, laneProduct, [m5, read], [rest, one]);
  cs.row([bits[SUM_BITS - 1]!, y], [cs.scale(-1n, relu), one]);
  cs.row([m1, y], [m2, rem], [m3, relu], [m4, read], [cs.scale(-1n, wires.number(trace.out, g, r, l)), one]);
}

function products(a: Forms, b: Forms): Product<LinearForm>[] {
  return a.map((form, k) => [form, b[k]!] as const);
}

/**
 * The shared unit by Freivalds' check (protocol section 11.1): acc[r][l] = sum over i of W[l][i] bank[r][i] holds for all rows but
 * with probability rows / r when it does weighted by powers of rho, a challenge that exists after all of the trace.
 * @param powers rho^0, rho^1, .. one a row
 */
export function buildShared(cs: ShapeBuilder, wires: MachineWires, powers: Forms): void {
  const { trace, shape } = wires;
  const { groups, rowVectors, computed } = shape;
  const one = cs.constant(1n);
  const negated = powers.map((power) => cs.scale(-1n, power));
  overCopies(cs, [rowVectors, groups, VECTOR], (v, g, k) => {
    const weighted = powers.map((power, r) => [power, wires.number(trace.bank, v, g, r, k)] as const);
    cs.row(...weighted, [cs.scale(-1n, wires.combined(v, g, k)), one]);
  });
  const first = groups - computed;
  const extra = (g: number, l: number): LinearForm => wires.share[wires.challenge.extra.at(g, l)]!;
  const weigh = (g: number, of: (v: number) => Forms): Product<LinearForm>[] =>
    Array.from({ length: rowVectors }, (_, v) =>
      of(v).map((weight, k): Product<LinearForm> => [weight, wires.combined(v, g, k)]),
    ).flat();
  // with computed weights in a row of their own the other rows are one pattern for all groups
  overCopies(cs, [groups, VECTOR], (g, l) => {
    const sums = negated.map((power, r) => [power, wires.number(trace.acc, g, r, l)] as const);
    cs.row(...weigh(g, (v) => wires.entries(wires.model.shared, [v, g, l])), [extra(g, l), one], ...sums);
  });
  overCopies(cs, [[0, first], VECTOR], (g, l) => cs.row([extra(g, l), one]));
  overCopies(cs, [[first, groups], VECTOR], (g, l) => {
    const weights = (v: number): Forms => wires.numbers(trace.computed, [v, g - first, l]);
    cs.row(...weigh(g, weights), [cs.scale(-1n, extra(g, l)), one]);
  });
}
