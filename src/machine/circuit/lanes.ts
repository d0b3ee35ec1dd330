/**
 * The lanes of a group (docs/protocol.md, the tensor machine): three rows a lane, each value of the
 * trace a function of the model and of what is read.
 *
 *   accumulator = acc + bank[0] Z + bias + m5 Y = (its SUM_BITS bits) - 2^(SUM_BITS - 1)
 *   relu = s y, s the highest of the bits: 1 for y >= 0
 *   out = m1 y + m2 rem + m3 relu + m4 Y
 */
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { VECTOR } from '../shape.ts';
import { SUM_BITS } from '../trace-layout.ts';
import { overCopies } from './copies.ts';
import { type MachineWires, splitSum } from './wires.ts';

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
