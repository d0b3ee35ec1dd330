/** One fold natively against the algebra of protocol section 3 on bigints, and against the circuit that verifies it. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../../src/algebra/params.ts';
import { fqValue } from '../../src/circuit/gadgets/fq.ts';
import { plainScalar } from '../../src/circuit/gadgets/grumpkin.ts';
import { CycleFold } from '../../src/folding/cyclefold.ts';
import { type FoldResult, foldFresh, type PrimaryFresh, type PrimaryRunning } from '../../src/folding/fold.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import { ROW_KINDS } from '../../src/folding/row-chunks.ts';
import { localSweeps, type Sweeps } from '../../src/folding/sweeps.ts';
import { elements } from '../helpers/circuit.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { PlainTranscript } from '../helpers/sponge.ts';
import { coefficientsAt, evaluate } from './degree-five.ts';
import { dot, eqValues, linePolynomial, SmallSystem } from './small-system.ts';

const engine = await createEngine();
const { fr, fq } = engine;
const F = field(R);
const small = new SmallSystem(engine, { model: 3, bits: 8, rows: 8, seed: 77 });
const circuit = new CycleFold(engine);
const system = { pp: 424242n, cycleFold: circuit };
const { rowLog } = small.layout;
const g1 = (k: bigint): Affine => mul(G1_PARAMS, G1_PARAMS.generator, k)!;
const LOW = 1n << 136n;
const limbs = (...ps: readonly Affine[]): bigint[] => ps.flatMap((p) => [p.x, p.y]).flatMap((v) => [v % LOW, v / LOW]);

/** The running commitments: a number of blocks of its own, since the fold has a list of them. */
const CMS = [g1(3n), g1(4n), g1(5n)];

const freshOf = (k: number): { instance: PrimaryFresh; z: bigint[] } => {
  const x = BigInt(1000 + k);
  const z = small.fresh(x, [5n, BigInt(k), 9n], BigInt(37 * k) % 256n);
  return { instance: { x, cms: CMS.map((_, j) => g1(BigInt(100 + 100 * j + k))) }, z };
};

/** The running side as the page has it: a witness, its claim, two points. */
interface Twin {
  readonly z: bigint[];
  readonly u: bigint;
  readonly x: bigint;
  readonly rho: bigint[];
  readonly v: bigint;
  readonly cms: readonly Affine[];
}

const START: Twin = {
  z: new Array<bigint>(small.system.matrix.matrix.variables).fill(0n),
  u: 0n,
  x: 0n,
  rho: new Array<bigint>(rowLog).fill(0n),
  v: 0n,
  cms: CMS,
};
const claimHolds = ({ z, rho, v }: Twin): boolean => dot(eqValues(rho), small.rows(z)) === v;

/** Steps 1 to 4 of protocol section 3, with the transcript of section 4 carried on. */
function foldTwin(one: Twin, z2: bigint[], fresh: PrimaryFresh) {
  const transcript = new PlainTranscript('fold');
  const c = transcript.squeeze(system.pp, fresh.x, ...limbs(...fresh.cms));
  const delta = one.rho.map((coordinate, j) => F.sub(F.pow(c, 1n << BigInt(j)), coordinate));
  const h = linePolynomial(small.rows(one.z), one.rho, delta);
  const b = transcript.squeeze(...h.slice(1));
  const rho = one.rho.map((coordinate, j) => F.create(coordinate + b * delta[j]!));
  const t = coefficientsAt((z) => small.rows(z), rho, one.z, z2).slice(1, 5);
  const r = transcript.squeeze(...t) % (1n << 128n);
  const scalar = scalarOfChallenge(r);
  const point = (p: Affine, q: Affine): Affine => add(G1_PARAMS, p, mul(G1_PARAMS, q, scalar))!;
  const two: Twin = {
    z: one.z.map((v, k) => F.create(v + scalar * z2[k]!)),
    u: F.add(one.u, scalar),
    x: F.create(one.x + scalar * fresh.x),
    rho,
    v: F.add(evaluate(h, b), evaluate([0n, ...t], scalar)),
    cms: one.cms.map((cm, k) => point(cm, fresh.cms[k]!)),
  };
  return { two, h, t, r, scalar, transcript };
}

function primaryOf({ u, x, rho, v, cms }: Twin): PrimaryRunning {
  return { cms, instance: { u, x, rho, v, cms: cms.map(commitmentOf) } };
}

describe('the algebra of protocol section 3', () => {
  it('keeps the claim over honest folds; a row off by one or a bit equal to 2 breaks it', () => {
    let one = START;
    for (let k = 0; k < 3; k++) {
      const { instance, z } = freshOf(k);
      one = foldTwin(one, z, instance).two;
      expect(claimHolds(one)).toBe(true);
    }
    const { instance, z } = freshOf(9);
    const { bits, fields } = small.system.matrix.offsets;
    expect(claimHolds(foldTwin(one, z, instance).two)).toBe(true);
    for (const bad of [z.with(fields, z[fields]! + 1n), z.with(bits, 2n), z.with(0, 2n)]) {
      expect(claimHolds(foldTwin(one, bad, instance).two)).toBe(false);
    }
  });
});

describe('foldFresh', () => {
  const results: FoldResult[] = [];
  const twins: ReturnType<typeof foldTwin>[] = [];
  const buffers = small.buffers(START.z);
  const sweeps = localSweeps(engine, small.system.kernels, buffers);
  /** Inputs of the CycleFold instances and expected multipliers, fold by fold. */
  let cycle = circuit.defaultRunning();
  const expected = { c: cycle.instance.c, u: 0n, x: new Array<bigint>(7).fill(0n) };
  const instances: { readonly c: Affine; readonly u: bigint; readonly x: readonly bigint[] }[] = [];

  beforeAll(async () => {
    let primary = primaryOf(START);
    let one = START;
    for (let k = 0; k < 6; k++) {
      const { instance, z } = freshOf(k);
      small.load(buffers, z);
      const result = await foldFresh(engine, system, { primary, cycleFold: cycle }, instance, sweeps);
      const twin = foldTwin(one, z, instance);
      const sides = CMS.map((_, j) => [one.cms[j]!, instance.cms[j]!, twin.two.cms[j]!]);
      sides.forEach((ps, side) => {
        const point = result.messages.fresh[side]!;
        const s = twin.transcript.squeeze(point.x, point.y, twin.r, ...limbs(...ps)) % (1n << 128n);
        const n = plainScalar(s);
        expected.c = add(GRUMPKIN_PARAMS, expected.c, mul(GRUMPKIN_PARAMS, point, n))!;
        expected.u += n;
        const input = [twin.r, ...ps.flatMap((p) => [p.x, p.y])];
        expected.x = expected.x.map((v, j) => (v + n * input[j]!) % Q);
      });
      instances.push({ ...expected });
      results.push(result);
      twins.push(twin);
      ({ primary, cycleFold: cycle } = result);
      one = twin.two;
    }
  });

  it('gives the instance, messages and scalar of the bigint twin, six times over', () => {
    results.forEach((result, k) => {
      const { two, h, t, scalar } = twins[k]!;
      expect(result.primary).toEqual(primaryOf(two));
      expect(result.messages).toMatchObject({ h: h.slice(1), t, cms: two.cms });
      expect(result.scalar).toBe(scalar);
    });
  });

  it('keeps the claim: <eq(rho), Q(z)> = v, with the errors of z beside it', () => {
    for (const { two } of twins) expect(claimHolds(two)).toBe(true);
    const { z } = twins.at(-1)!.two;
    expect(fr.decode(buffers.z1)).toEqual(z);
    for (const kind of ROW_KINDS) expect(fr.decode(buffers.errors[kind])).toEqual(small.errors(z)[kind]);
    expect(fr.decode(buffers.forms1)).toEqual(fr.decode(small.system.kernels.forms(fr.encode(z))));
  });

  it('folds a CycleFold instance for each block, in their order, with challenges from the same transcript', () => {
    results.forEach(({ cycleFold }, k) => {
      const { c, u, x } = cycleFold.instance;
      expect({ c, u, x: x.map(fqValue) }).toEqual(instances[k]);
    });
    expect(circuit.commit(cycle.witness)).toEqual(cycle.instance.c);
    expect(circuit.errors(cycle.witness)).toEqual(cycle.witness.e);
    expect(fq.decode(cycle.witness.z).slice(0, 8)).toEqual([expected.u % Q, ...expected.x]);
  });

  const once = async (change: Partial<PrimaryFresh> & { pp?: bigint; z?: bigint[] } = {}): Promise<FoldResult> => {
    const { instance, z } = freshOf(1);
    const b = small.buffers(START.z);
    small.load(b, change.z ?? z);
    const local: Sweeps = localSweeps(engine, small.system.kernels, b);
    const { pp, z: _, ...rest } = change;
    const running = { primary: primaryOf(START), cycleFold: circuit.defaultRunning() };
    return foldFresh(engine, { ...system, pp: pp ?? system.pp }, running, { ...instance, ...rest }, local);
  };

  it('draws other challenges when pp, x or a commitment of the fresh instance changes', async () => {
    const scalars = [
      await once(),
      await once({ pp: system.pp + 1n }),
      await once({ x: 5n }),
      ...(await Promise.all(CMS.map((_, k) => once({ cms: freshOf(1).instance.cms.with(k, g1(9n)) })))),
    ].map(({ scalar }) => scalar);
    expect(new Set(scalars).size).toBe(scalars.length);
  });

  it('a fresh witness with a row off by one leaves a claim that does not hold', async () => {
    const { z } = freshOf(1);
    const { fields } = small.system.matrix.offsets;
    for (const at of [fields, fields + 7]) {
      const bad = z.with(at, F.add(z[at]!, 1n));
      const { primary, scalar } = await once({ z: bad });
      const folded = START.z.map((v, k) => F.create(v + scalar * bad[k]!));
      const { rho, v } = primary.instance;
      expect(dot(eqValues(rho), small.rows(folded))).not.toBe(v);
    }
  });

  it('stops when the running claim is not that of its error vector', async () => {
    await fc.assert(
      fc.asyncProperty(elements(R), async (v) => {
        fc.pre(v !== 0n);
        const running = { primary: primaryOf({ ...START, v }), cycleFold: circuit.defaultRunning() };
        const local = localSweeps(engine, small.system.kernels, small.buffers(START.z));
        const call = () => foldFresh(engine, system, running, freshOf(1).instance, local);
        expect((await foldErrorOfAsync(call)).message).toBe('the running error claim does not hold');
      }),
      { numRuns: 5 },
    );
  });
});
