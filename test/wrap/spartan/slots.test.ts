/** The slot circuit's matrices as Spartan's verifier has them in closed form, and what it costs: the same for any number of slots. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { nativeSponge, Transcript } from '../../../src/algebra/sponge.ts';
import { compile } from '../../../src/circuit/compile.ts';
import type { ConstraintSystem, Product } from '../../../src/circuit/constraint-system.ts';
import { CountingSystem } from '../../../src/circuit/counting-system.ts';
import { alignmentOf } from '../../../src/circuit/families.ts';
import { PlainSystem } from '../../../src/circuit/plain-system.ts';
import { ShapeBuilder } from '../../../src/circuit/shape.ts';
import { SLOT_BLOCKS } from '../../../src/folding/blocks.ts';
import { layoutOf } from '../../../src/folding/layout.ts';
import { buildLayers } from '../../../src/layers/step.ts';
import type { SlotShape } from '../../../src/layers/step-plan.ts';
import { atOnce } from '../../../src/turns.ts';
import type { Evaluate } from '../../../src/wrap/spartan/evaluate.ts';
import { nativeEvaluation } from '../../../src/wrap/spartan/evaluate-native.ts';
import { innerLog, productList } from '../../../src/wrap/spartan/products.ts';
import { INNER_DEGREE, OUTER_DEGREE, type SpartanProof } from '../../../src/wrap/spartan/proof.ts';
import { verifySpartan } from '../../../src/wrap/spartan/verify.ts';
import { seeded } from '../../helpers/chains.ts';
import { smallPlan } from '../../layers/small-step.ts';

const engine = await createEngine();

function systemOf(slot: SlotShape, slots: number, signed: boolean) {
  const shape = new ShapeBuilder(R);
  buildLayers(shape, smallPlan(slot, slots, signed, 3));
  const matrix = compile(shape);
  const layout = layoutOf(
    SLOT_BLOCKS,
    { ...shape.counts, rows: shape.rows.length + shape.boxes.length },
    alignmentOf(shape.rows, shape.families),
  );
  return { matrix, layout, rows: engine.fr.rows(matrix.matrix) };
}

type System = ReturnType<typeof systemOf>;

/** Runs the verifier on messages that prove nothing. */
function run<E>(cs: ConstraintSystem<E>, system: System & { evaluate?: Evaluate<E> }, element: () => bigint): void {
  const one = cs.constant(1n);
  const claim = {
    u: cs.scale(element(), one),
    x: cs.scale(element(), one),
    v: cs.scale(element(), one),
    rho: Array.from({ length: system.layout.rowLog }, () => cs.field(element)),
  };
  const list = (n: number): bigint[] => Array.from({ length: n }, element);
  const rounds = (n: number, degree: number): bigint[][] => Array.from({ length: n }, () => list(degree));
  const proof: SpartanProof = {
    linear: element(),
    outer: rounds(productList(system).log, OUTER_DEGREE),
    a: element(),
    b: element(),
    l: element(),
    inner: rounds(innerLog(system, []), INNER_DEGREE),
    claims: list(system.layout.blocks.length),
  };
  atOnce(verifySpartan(cs, new Transcript(cs, 'test'), system, claim, () => proof));
}

/** Rows that do not hold are no error here, but told by what they come to. */
class Residues extends PlainSystem {
  readonly found: bigint[] = [];
  override row(...products: readonly Product<bigint>[]): void {
    const sum = this.F.create(products.reduce((total, [a, b]) => total + a * b, 0n));
    if (sum !== 0n) this.found.push(sum);
  }
}

const conv = { kind: 'conv', channels: 3, height: 2, width: 3, pads: [1, 1, 0, 1] } as const;
const dense = { kind: 'dense', size: 5 } as const;

describe.each([
  [conv, false],
  [conv, true],
  [dense, true],
] as const)('slots of %o, signed: %s', (slot, signed) => {
  it.each([1, 2, 3, 4, 6])('%i in a step: the closed form is what the rows say', (slots) => {
    const system = systemOf(slot, slots, signed);
    const residues = (evaluate?: Evaluate<bigint>): bigint[] => {
      const cs = new Residues(nativeSponge(engine));
      const random = seeded(slots);
      const element = (): bigint => BigInt(Math.floor(random() * 2 ** 50)) ** 5n % R;
      run(cs, { ...system, ...(evaluate && { evaluate }) }, element);
      return cs.found;
    };
    const [closed, listed] = [residues(), residues(nativeEvaluation(engine, system))];
    expect(closed).toHaveLength(2);
    expect(listed).toEqual(closed);
  });
});

describe('the cost of the closed form', () => {
  const cost = (slot: SlotShape, signed: boolean, slots: number): number => {
    const cs = new CountingSystem();
    run(cs, systemOf(slot, slots, signed), () => 1n);
    return ['operands', 'operands/eq', 'weights', 'weights/eq'].reduce((n, part) => n + (cs.costs.get(part) ?? 0), 0);
  };

  it.each([
    [conv, false],
    [conv, true],
    [dense, true],
  ] as const)('grows with the bits of the number of slots alone: %o, signed: %s', (slot, signed) => {
    const [four, eight, sixteen] = [4, 8, 16].map((slots) => cost(slot, signed, slots)) as [number, number, number];
    expect(sixteen - eight).toBeLessThan(1.5 * (eight - four));
  });

  it('is next to nothing for a doubling', () => {
    const image = { kind: 'conv', channels: 4, height: 4, width: 4, pads: [1, 1, 1, 1] } as const;
    expect(cost(image, false, 16)).toBeLessThan(1.06 * cost(image, false, 8));
  });
});
