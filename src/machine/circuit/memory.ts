/**
 * Reads and writes of a step (docs/protocol.md, the tensor machine): every access is the fingerprint
 * address + sum over k of alpha^(k+1) x_k of what is read or written, and the inverse of gamma minus that. Over one run of a network
 * the inverses of all reads (times -1) and writes (times multiplicities) sum to zero only when every read found what was written.
 *
 * Everything in a fingerprint or a multiplicity is of the model, of the trace, or a function of the position: nothing else of P.
 */
import { pack } from '../../circuit/gadgets/bits.ts';
import type { LinearForm } from '../../circuit/linear-form.ts';
import type { ShapeBuilder } from '../../circuit/shape.ts';
import { groupStart, type MachineShape, slotsPerStep } from '../shape.ts';
import type { GroupWires, MachineWires } from './wires.ts';

export interface Access {
  readonly address: LinearForm;
  /** The vector's numbers; further ones are zero. */
  readonly numbers: readonly LinearForm[];
  /** The inverse times the gap: -1 for a read, a product of two factors for a write. */
  readonly result: readonly [LinearForm, LinearForm];
}

/**
 * Reads of a group: each shows by BACK_BITS bits that its address is below the group's first write slot, so that no value depends on
 * itself, whatever the weights between read and write are. Returns them as accesses, look-ups last.
 * @param first address of the step's first write slot
 */
export function buildReads(
  cs: ShapeBuilder,
  shape: MachineShape,
  { reads, lookups }: GroupWires,
  group: number,
  first: LinearForm,
): Access[] {
  const one = cs.constant(1n);
  const result = [cs.constant(-1n), one] as const;
  const last = cs.add(first, cs.constant(BigInt(groupStart(shape, group) - 1)));
  const backFrom = (bits: readonly LinearForm[]): LinearForm => cs.sub(last, pack(cs, bits));
  return [
    ...reads.map(({ address, numbers, back }) => {
      cs.row([cs.sub(backFrom(back), address), one]);
      return { address, numbers, result };
    }),
    ...lookups.map(({ base, multiplier, index, value, slope, back }) => {
      const address = backFrom(back);
      cs.row([multiplier, index], [cs.sub(base, address), one]);
      return { address, numbers: [value, slope], result };
    }),
  ];
}

/** The write slots of a step, in their order. An input slot is written where the selector says so. */
export function writesOf(
  cs: ShapeBuilder,
  shape: MachineShape,
  { constants, io, groups, selectors, multiplicities }: MachineWires,
  first: LinearForm,
): Access[] {
  const one = cs.constant(1n);
  const vectors = [
    ...constants.map((numbers) => ({ numbers, factor: one })),
    ...io.map(({ numbers }) => ({ numbers, factor: selectors.input })),
    ...groups.flatMap(({ rows, lookups }) => [
      ...rows.map(({ out }) => ({ numbers: out, factor: one })),
      ...Array.from({ length: shape.lookups }, (_, v) => {
        const own = lookups.slice((v * lookups.length) / shape.lookups, ((v + 1) * lookups.length) / shape.lookups);
        return [own.map(({ value }) => value), own.map(({ slope }) => slope)];
      })
        .flat()
        .map((numbers) => ({ numbers, factor: one })),
    ]),
  ];
  return vectors.map(({ numbers, factor }, slot) => ({
    address: cs.add(first, cs.constant(BigInt(slot))),
    numbers,
    result: [factor, multiplicities[slot]!],
  }));
}

/** A step's address of slot 0: its position times the slots of a step. */
export function firstSlot(cs: ShapeBuilder, shape: MachineShape, position: LinearForm): LinearForm {
  return cs.scale(BigInt(slotsPerStep(shape)), position);
}

/**
 * The rows of all accesses; returns their inverses. Two rows and two variables each: gap = gamma - fingerprint, then the
 * product of inverse and gap. An inverse that does not exist has no witness: with probability (accesses) / r for random challenges.
 * @param powers alpha, alpha^2, ..
 */
export function buildAccesses(
  cs: ShapeBuilder,
  accesses: readonly Access[],
  powers: readonly LinearForm[],
  gamma: LinearForm,
): LinearForm[] {
  const one = cs.constant(1n);
  const gaps = accesses.map(({ address, numbers }) => {
    const gap = cs.field();
    const rest = cs.sum([
      [1n, gap],
      [1n, address],
      [-1n, gamma],
    ]);
    cs.row(...numbers.map((x, k) => [powers[k]!, x] as const), [rest, one]);
    return gap;
  });
  return accesses.map(({ result: [a, b] }, n) => {
    const inverse = cs.field();
    cs.row([inverse, gaps[n]!], [cs.scale(-1n, a), b]);
    return inverse;
  });
}
