/**
 * Every family of the step circuit's constraints is necessary: for each there is a forged witness, an attack with a
 * name, that violates rows of that family and no other. Without the family the attack would succeed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, Vec } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { fqValue } from '../../../src/circuit/gadgets/fq.ts';
import { plainScalar } from '../../../src/circuit/gadgets/grumpkin.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { elementsOfRunning, runningFromElements } from '../../../src/folding/instance.ts';
import type { StepAdvice } from '../../../src/folding/step-circuit.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { changed, proveToy, toyKey, toySizes, toyStep, toyWitness } from '../toy.ts';
import { type Forgeries, ForgingWriter, type Place } from './forging-writer.ts';
import { element, MaliciousProver, writeWitness } from './malicious-prover.ts';

const WEIGHTS = [12, 345, 6789, 1011];
const plusOne = (v: bigint): bigint => v + 1n;
const flip =
  (bit: number) =>
  (v: bigint): bigint =>
    v ^ (1n << BigInt(bit));
const LOW = 1n << 136n;
const HALF = 1n << 68n;

describe('without this family of constraints', () => {
  let engine: Engine;
  let system: StepSystem;
  let prepared: readonly PreparedStep[];
  let told: readonly StepAdvice[];
  const met = new Set<string>();
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    const { prepared: steps, modelDigest, tree, items } = await proveToy(engine, system, WEIGHTS, 3000, 77);
    prepared = steps;
    const wires = { stepsPerNetwork: 4n, modelDigest, root: tree!.root };
    const prover = new MaliciousProver(engine, system, wires, items[0]!.hIn, {}, tree);
    // step 4 is the first of the second network
    for (const step of prepared.slice(0, 5)) await prover.step(step);
    told = prover.told;
  });

  function forge(
    i: number,
    forgeries: Forgeries,
    advice = told[i]!,
    step = prepared[i]!,
  ): { z: Vec; seen: Map<Place, bigint> } {
    let writer: ForgingWriter | undefined;
    const z = writeWitness(engine, system, step, advice, (sizes) => {
      writer = new ForgingWriter(engine, sizes, forgeries);
      return writer;
    });
    for (const place of Object.keys(forgeries)) expect(writer!.seen.has(place as Place), place).toBe(true);
    return { z, seen: writer!.seen };
  }

  /** The scopes of all violated rows; 'bits' for bit rows. */
  function violated(z: Vec): string[] {
    const { fr } = engine;
    const { offsets, rowScope, scopes } = system.matrix;
    const block = z.subarray(offsets.bits * 32, offsets.fields * 32);
    const bits = fr.decode(fr.bitRows(block, element(z, 0))).some((v) => v !== 0n) ? ['bits'] : [];
    const forms = system.rows.forms(z);
    const rows = [system.rows.quadratic(z, forms), system.rows.boxes(z, forms)].flatMap((part) => fr.decode(part));
    return [...new Set([...bits, ...rows.flatMap((v, row) => (v === 0n ? [] : [scopes[rowScope[row]!]!]))])];
  }
  function expectOnly(family: string, z: Vec): void {
    expect(violated(z)).toEqual([family]);
    met.add(family);
  }
  const x = (z: Vec): bigint => engine.fr.decode(element(z, 1))[0]!;

  it('(nothing forged: nothing violated)', () => {
    for (const i of [0, 1, 3, 4]) expect(violated(forge(i, {}).z)).toEqual([]);
  });

  it('base: a chain could start from another state', () => {
    const { z0 } = told[0]!;
    for (const [k, value] of z0.entries())
      expectOnly('base', forge(0, {}, { ...told[0]!, z0: z0.with(k, value + 1n) }).z);
  });

  it('position: a step could start from any activations, or go past the end of the network', () => {
    const other = changed(prepared[3]!, { layers: toyWitness(engine, WEIGHTS[3]!, 5) });
    expectOnly('position', writeWitness(engine, system, other, told[3]!));
    // at i = 0 the first network begins, and no network ends: its input is that of z_0
    const otherInput = changed(prepared[0]!, { layers: toyWitness(engine, WEIGHTS[0]!, 5) });
    expectOnly('position', writeWitness(engine, system, otherInput, told[0]!));
    // i = 4 spelled as step 4 of the first network instead of step 0 of the second; L - 1 - j is negative then
    const past = changed(prepared[4]!, { layers: toyWitness(engine, WEIGHTS[0]!, 3000 + 12 + 345 + 6789 + 1011) });
    expect(past.wires.enter.h).toBe(told[4]!.z[0]);
    const wrong = { 'position bits 0': () => 0n, 'position bits 1': () => 4n, 'position bits 2': () => 0n };
    const advice = { ...told[4]!, path: told[3]!.path };
    expectOnly('position', forge(4, wrong, advice, past).z);
    // the next input's digest, and the model chain that goes on
    const { seen } = forge(4, {});
    const fields = [...seen.keys()].filter((place) => place.startsWith('position field'));
    for (const place of fields.slice(-2)) expectOnly('position', forge(4, { [place]: plusOne }).z);
  });

  it('item: an item that the root does not hold, or a network of another model, could be passed over', () => {
    const { path } = told[4]!;
    const changed = (level: number, place: number): typeof path =>
      path.map((children, l) => children.map((child, k) => (l === level && k === place ? child + 1n : child)));
    for (const [level, place] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [2, 15],
      [3, 0],
      [3, 7],
    ] as const) {
      expectOnly('item', forge(4, {}, { ...told[4]!, path: changed(level, place) }).z);
    }
    // another index, digest of the input, digest of the output, model chain: after masking, before hashing
    const { seen } = forge(4, {});
    const fields = [...seen.keys()].filter((place) => place.startsWith('item field'));
    for (const place of fields.slice(0, 4)) expectOnly('item', forge(4, { [place]: plusOne }).z);
    expectOnly('item', forge(4, { 'item bits 0': plusOne }).z);
    expectOnly('item', forge(4, { 'item permute 0': plusOne }).z);
  });

  it('hash-in: any running instance could be put in place of the one that was folded', () => {
    const { running } = told[3]!;
    elementsOfRunning(running).forEach((_, k, elements) => {
      if (k % 6 !== 0) return;
      const other = runningFromElements(
        elements.map((e, j) => (j === k && e > 0n ? e - 1n : e)),
        running,
      );
      if (elements[k] !== 0n) expectOnly('hash-in', forge(3, {}, { ...told[3]!, running: other }).z);
    });
    // where an item ends as anywhere else
    for (const i of [3, 4]) {
      expectOnly('hash-in', forge(i, { 'hash-in permute 0': plusOne }).z);
      expectOnly('hash-in', forge(i, { 'hash-in permute 3': plusOne }).z);
      const { z0, fresh } = told[i]!;
      expectOnly('hash-in', forge(i, {}, { ...told[i]!, z0: z0.with(0, z0[0]! + 1n) }).z);
      expectOnly('hash-in', forge(i, {}, { ...told[i]!, fresh: { ...fresh, x: fresh.x + 1n } }).z);
    }
  });

  it('model-chain: weights of another model could be hashed than those that are folded', () => {
    expectOnly('model-chain', forge(3, { 'model-chain permute 0': plusOne }).z);
  });

  it('transcript: challenges could be chosen', () => {
    for (let k = 0; k < 5; k++) expectOnly('transcript', forge(3, { [`transcript permute ${k}`]: plusOne }).z);
  });

  it('challenges: another r or s, or the non-canonical spelling e + r of one, could be used', () => {
    for (const k of [0, 3, 6]) {
      expectOnly('challenges', forge(3, { [`challenges bits ${k}`]: flip(0) }).z);
      expectOnly('challenges', forge(3, { [`challenges bits ${k}`]: flip(127) }).z);
    }
    // e + r fits 254 bits for about a third of all e; the prover's own message t makes r one of them
    let advice = told[3]!;
    let e = R;
    while ((e + R) >> 254n !== 0n) {
      advice = { ...advice, messages: { ...advice.messages, t: advice.messages.t.map((t) => (t + 1n) % R) } };
      const { seen } = forge(3, {}, advice);
      e = seen.get('challenges bits 0')! + (seen.get('challenges bits 1')! << 128n);
    }
    const { z } = forge(
      3,
      {
        'challenges bits 0': () => BigInt.asUintN(128, e + R),
        'challenges bits 1': () => (e + R) >> 128n,
        // floor(r / 2^128) - 1 - high is negative now: no 126 bits hold it
        'challenges bits 2': () => 0n,
      },
      advice,
    );
    expectOnly('challenges', z);
    // the range of the high part alone stands in its way
    const rows = engine.fr.decode(system.rows.quadratic(z, system.rows.forms(z)));
    expect(rows.filter((v) => v !== 0n).length).toBe(1);
  });

  it('fields: u, x, rho and v of the running instance could be chosen', () => {
    for (const k of [0, 1, 2, 16, 30, 44, 45, 46]) {
      expectOnly('fields', forge(3, { [`fields field ${k}`]: plusOne }).z);
    }
  });

  it('limbs: a limb split in another way would fold another CycleFold input', () => {
    const { seen } = forge(3, {});
    const cmM = told[3]!.running.U.cms[0]!;
    // element 1 of the inputs is the x of the first commitment: x'' = x + n_a x_a + n_b x_b - k q
    const at = (k: number): bigint => seen.get(`non-native bits ${3 + k}`)!;
    const honest = { total: at(0) + at(1) * Q, carry: at(2) - (1n << 70n) };
    const n1 = plainScalar(seen.get('challenges bits 3')!) >> 68n;
    const half0 = cmM.x.lo % HALF;
    const inverse = inverseModulo(R, LOW);
    // with half0 + d the row modulo 2^136 moves by shift, the row modulo r does not: Y = total + r w meets both
    let d = 1n - half0;
    let w = 0n;
    const shiftOf = (): bigint => HALF * n1 * d;
    for (; ; d++) {
      w = (((shiftOf() * inverse) % LOW) + LOW) % LOW;
      if (d !== 0n && ((honest.total + R * w) / Q) >> 132n === 0n) break;
    }
    const Y = honest.total + R * w;
    const [k, folded] = [Y / Q, Y % Q];
    const taken = (quotient: bigint, value: bigint): bigint => {
      const [k0, k1] = [quotient % HALF, quotient / HALF];
      return (Q % LOW) * k0 + HALF * (Q % HALF) * k1 + (value % LOW);
    };
    const before = honest.carry * LOW + taken(at(1), at(0));
    const carry = (before + shiftOf() - taken(k, folded)) / LOW + (1n << 70n);
    const { z } = forge(3, {
      'limbs bits 0': (v) => v + d,
      'non-native bits 3': () => folded,
      'non-native bits 4': () => k,
      'non-native bits 5': () => carry,
    });
    expect(fqValue(cmM.x) % HALF).toBe(half0);
    expect(folded).not.toBe(at(0));
    expectOnly('limbs', z);
  });

  it('non-native: a CycleFold input could be anything, a wrong quotient included', () => {
    for (const k of [0, 1, 2, 3, 18, 19, 20]) {
      expectOnly('non-native', forge(3, { [`non-native bits ${k}`]: flip(0) }).z);
    }
  });

  it('grumpkin: the folded CycleFold commitment could be any point', () => {
    for (const k of [0, 1, 2, 3, 4, 300, 518, 519, 520, 1036, 1037]) {
      expectOnly('grumpkin', forge(3, { [`grumpkin field ${k}`]: plusOne }).z);
    }
  });

  it('select: a chain could start from a running instance of its own, or drop what was folded', () => {
    for (const k of [0, 8, 20, 41]) {
      expectOnly('select', forge(0, { [`select field ${k}`]: plusOne }).z);
      expectOnly('select', forge(3, { [`select field ${k}`]: plusOne }).z);
    }
  });

  it('hash-out: the public input could hash something else', () => {
    const { z } = forge(3, { 'hash-out permute 0': plusOne });
    expectOnly('hash-out', z);
    expect(x(z)).not.toBe(x(forge(3, {}).z));
  });

  it('the comparison of i with 0, and of x with its hash: a chain could restart, or claim any x', () => {
    // at i = 1 claim to be at the start: z_0 is the present state, nothing is behind
    const z0 = told[1]!.z;
    // with networks of one step it would be the first step of one
    const wires = { ...told[1]!.wires, stepsPerNetwork: 1n };
    // the last field variable outside all scopes is the result of the comparison
    const { seen } = forge(1, {});
    const zero = [...seen.keys()].filter((place) => place.startsWith(' field')).at(-1)!;
    expect(seen.get(zero)).toBe(0n);
    expectOnly('', forge(1, { [zero]: () => 1n }, { ...told[1]!, z0, wires }).z);
    expectOnly('', forge(3, { ' x 0': plusOne }).z);
  });

  it('layers: a step could give any output', () => {
    const step = prepared[3]!;
    const model = Float64Array.of(step.blocks[0]!.values.small[0]! + 1);
    const z = writeWitness(engine, system, changed(step, { model }), told[3]!);
    expectOnly('layers', z);
  });

  it('bit rows: a coordinate could be spelled with entries that are not bits', () => {
    const { z } = forge(3, {});
    const first = system.matrix.offsets.bits + toySizes.bits;
    // 2^k (b + 2) + 2^(k + 1) (b' - 1) is the same number
    for (const [k, delta] of [
      [first, 2n],
      [first + 1, -1n],
    ] as const) {
      element(z, k).set(engine.fr.add(element(z, k), engine.fr.encode([delta + R])));
    }
    expectOnly('bits', z);
  });

  it('(these were all the families)', () => {
    const families = system.matrix.scopes.filter((_, k) => {
      const { rows, boxes } = system.matrix.scopeSizes[k]!;
      return rows + boxes > 0;
    });
    expect([...met].sort()).toEqual([...families, 'bits'].sort());
  });
});

/** 1 / a modulo a power of two, by Newton's iteration. */
function inverseModulo(a: bigint, power: bigint): bigint {
  let inverse = 1n;
  for (let k = 0; k < 8; k++) inverse = (((inverse * (2n - a * inverse)) % power) + power) % power;
  expect((a * inverse) % power).toBe(1n);
  return field(power).create(inverse);
}
