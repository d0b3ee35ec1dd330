/**
 * The lanes of a group and the sums that feed them (docs/protocol.md, the tensor machine): three rows a lane, each value of the
 * trace a function of the model and of what is read.
 *
 *   accumulator = acc + bank[0] Z + bias + m5 Y = (its SUM_BITS bits) - 2^(SUM_BITS - 1)
 *   relu = s y, s the highest of the bits: 1 for y >= 0
 *   out = m1 y + m2 rem + m3 relu + m4 Y
 */
import type { Product } from '../../circuit/constraint-system.ts';
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { tilePlace, VECTOR } from '../shape.ts';
import { SUM_BITS } from '../trace-layout.ts';
import { overCopies } from './copies.ts';
import { type Forms, type MachineWires, splitSum } from './wires.ts';

/** The rows of all lanes. */
export function buildLanes(cs: ShapeBuilder, wires: MachineWires): void {
  const { groups, rows } = wires.shape;
  overCopies(cs, [groups, rows, VECTOR], (g, r, l) => buildLane(cs, wires, [g, r, l]));
}

function buildLane(cs: ShapeBuilder, wires: MachineWires, [g, r, l]: readonly [number, number, number]): void {
  const { model, trace } = wires;
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
  const laneProduct = [wires.number(trace.bank, 0, g, r, l), wires.number(trace.residual, 1, g, r, l)] as const;
  cs.row(laneProduct, [m5, read], [rest, one]);
  cs.row([bits[SUM_BITS - 1]!, y], [cs.scale(-1n, relu), one]);
  cs.row([m1, y], [m2, rem], [m3, relu], [m4, read], [cs.scale(-1n, wires.number(trace.out, g, r, l)), one]);
}

/**
 * The weighted sums of tiles by Freivalds' check (protocol section 11.1): with W the weights of a matrix, acc = W x of each of its
 * tiles, x the numbers of all its rows, but with probability tiles / r when it does weighted by powers of rho, a challenge that exists
 * after all of the trace. Computed weights stand beside W for each row by itself.
 * @param powers rho^0, rho^1, .. one a tile
 */
export function buildTiles(cs: ShapeBuilder, wires: MachineWires, powers: Forms): void {
  const { trace, shape } = wires;
  const { rowVectors, tile, matrices, computed } = shape;
  const one = cs.constant(1n);
  const negated = powers.map((power) => cs.scale(-1n, power));
  /** Group and row of row o of tile p of a matrix. */
  const rowOf = (w: number, p: number, o: number): [number, number] => {
    const [group, first] = tilePlace(shape, w, p);
    return [group, first + o];
  };
  overCopies(cs, [rowVectors, matrices, tile, VECTOR], (v, w, o, k) => {
    const weighted = powers.map((power, p) => [power, wires.number(trace.bank, v, ...rowOf(w, p, o), k)] as const);
    cs.row(...weighted, [cs.scale(-1n, wires.combined(v, w, o, k)), one]);
  });
  const first = matrices - computed;
  const extra = (w: number, o: number, l: number): LinearForm => wires.share[wires.challenge.extra.at(w, o, l)]!;
  /** Sum over the vectors of row s of a tile. */
  const weigh = (w: number, s: number, of: (v: number) => Forms): Product<LinearForm>[] =>
    Array.from({ length: rowVectors }, (_, v) =>
      of(v).map((weight, k): Product<LinearForm> => [weight, wires.combined(v, w, s, k)]),
    ).flat();
  // with computed weights in a row of their own the other rows are one pattern for all matrices
  overCopies(cs, [matrices, tile, VECTOR], (w, o, l) => {
    const sums = negated.map((power, p) => [power, wires.number(trace.acc, ...rowOf(w, p, o), l)] as const);
    const weighted = Array.from({ length: tile }, (_, s) =>
      weigh(w, s, (v) => wires.entries(wires.model.weights, [v, w, o, l, s])),
    ).flat();
    cs.row(...weighted, [extra(w, o, l), one], ...sums);
  });
  overCopies(cs, [[0, first], tile, VECTOR], (w, o, l) => cs.row([extra(w, o, l), one]));
  overCopies(cs, [[first, matrices], tile, VECTOR], (w, o, l) => {
    const weights = (v: number): Forms => wires.numbers(trace.computed, [v, w - first, l]);
    cs.row(...weigh(w, o, weights), [cs.scale(-1n, extra(w, o, l)), one]);
  });
}
