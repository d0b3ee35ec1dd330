/**
 * The whole of what the wrap verifies, on small systems: CycleFold instance, Spartan and opening in one transcript, proven and
 * verified natively. Every transcript is recorded: what enters before which challenge, and that each element changes the next one.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { add, mul } from '../../src/algebra/curve.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, Q, R } from '../../src/algebra/params.ts';
import type * as sponge from '../../src/algebra/sponge.ts';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../src/algebra/sponge.ts';
import { PlainSystem } from '../../src/circuit/plain-system.ts';
import { commitmentOf, cycleFoldBits } from '../../src/folding/instance.ts';
import { atOnce } from '../../src/turns.ts';
import { buildAuxiliary } from '../../src/wrap/auxiliary/chain.ts';
import { auxiliaryLayout } from '../../src/wrap/auxiliary/layout.ts';
import { proveAuxiliary, scalarsOf } from '../../src/wrap/auxiliary/prove.ts';
import { verifyAuxiliary } from '../../src/wrap/auxiliary/verify.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { proveOpening } from '../../src/wrap/opening/prove.ts';
import { verifyOpening } from '../../src/wrap/opening/verify.ts';
import { proveSpartan } from '../../src/wrap/spartan/prove.ts';
import { verifySpartan } from '../../src/wrap/spartan/verify.ts';
import { toyKey } from '../folding/toy.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { TOY_SCALARS, toy, toyRun } from './auxiliary/toy.ts';
import { foldedInstance } from './folded.ts';

interface Recorded {
  readonly domain: string;
  readonly rate: number | undefined;
  /** What was absorbed, or what was squeezed. */
  readonly events: (readonly ['absorb', readonly bigint[]] | readonly ['squeeze', bigint])[];
}
const seen = vi.hoisted((): { transcripts: Recorded[] } => ({ transcripts: [] }));
vi.mock('../../src/algebra/sponge.ts', async (original) => {
  const real = await original<typeof sponge>();
  class Recording extends real.Transcript<bigint> {
    readonly recorded: Recorded;
    constructor(f: SpongeArithmetic<bigint>, domain: string, rate?: number) {
      super(f, domain, rate);
      this.recorded = { domain, rate, events: [] };
      seen.transcripts.push(this.recorded);
    }
    override absorb(...elements: readonly bigint[]): void {
      this.recorded.events.push(['absorb', elements]);
      super.absorb(...elements);
    }
    override squeeze(): bigint {
      const squeezed = super.squeeze();
      this.recorded.events.push(['squeeze', squeezed]);
      return squeezed;
    }
  }
  return { ...real, Transcript: Recording };
});

const TAU = 123456789n;
const F = field(R);
const engine = await createEngine();
const commit = commitHere(engine, await toyKey(engine, TAU).load(2 ** auxiliaryLayout(TOY_SCALARS).log));
const folded = foldedInstance(engine, { model: 5, bits: 20, rows: 30, boxes: 12, seed: 1 });
const { instance, opening: cycleFold } = toyRun((3n << 161n) + 5n, [Q - 1n, 2n], [Q - 7n, 1n << 253n, 0n]);
const layout = { blocks: [...folded.system.layout.blocks, auxiliaryLayout(TOY_SCALARS)] };

function start<E>(f: SpongeArithmetic<E>): Transcript<E> {
  return new Transcript<E>(f, 'test');
}

/** @param used Aux as the prover proves with it; @param committed as he has committed to it */
async function prove(committed: Uint8Array, used = committed) {
  const transcript = start(nativeSponge(engine));
  const { claim } = folded;
  transcript.absorb(claim.u, claim.x, ...claim.rho, claim.v, instance.c.x, instance.c.y, instance.u);
  const cmAux = await commit(committed);
  const auxiliary = atOnce(proveAuxiliary(engine, transcript, toy, instance, cycleFold, used, cmAux));
  const joined = { ...auxiliary.joined, vector: committed };
  const spartan = atOnce(proveSpartan(engine, transcript, folded.system, claim, folded.witness, [joined]));
  const opened = await proveOpening(engine, transcript, { commit, layout }, spartan.vectors, spartan.ry);
  return { cmAux, auxiliary: auxiliary.proof, spartan: spartan.proof, ...opened };
}

function verify({ cmAux, auxiliary, spartan, messages }: Awaited<ReturnType<typeof prove>>) {
  const cs = new PlainSystem(nativeSponge(engine));
  const transcript = start<bigint>(cs);
  const { claim, system } = folded;
  transcript.absorb(claim.u, claim.x, ...claim.rho, claim.v, instance.c.x, instance.c.y, instance.u);
  const check = verifyAuxiliary(cs, transcript, toy, instance, cycleFoldBits(2), commitmentOf(cmAux), () => auxiliary);
  const joined = atOnce(check);
  const outcome = atOnce(verifySpartan(cs, transcript, system, claim, () => spartan, [joined]));
  return verifyOpening(cs, transcript, layout, outcome, commitmentOf(messages.s), () => messages);
}

const aux = atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(cycleFold), 99n));
let proven: Awaited<ReturnType<typeof prove>>;
let recorded: readonly Recorded[];
beforeAll(async () => {
  proven = await prove(aux);
  seen.transcripts = [];
  verify(proven);
  recorded = [...seen.transcripts];
});

describe('the parts in one transcript', () => {
  it('end in two values of f that its commitments take', () => {
    const { zeta, g, f1, f2, s, w1, w2 } = proven.opening;
    expect(verify(proven)).toEqual({ zeta, g, f1, f2 });
    const times = (p: Affine, k: bigint): Affine => mul(G1_PARAMS, p, k)!;
    const sum = (points: readonly Affine[]): Affine => points.reduce((a, b) => add(G1_PARAMS, a, b)!);
    const evaluate = (p: readonly bigint[]): bigint => p.reduceRight((rest, c) => F.create(rest * TAU + c), 0n);
    const cms = folded.committed.map((block) => times(G1_PARAMS.generator, evaluate(block)));
    const f = sum([...cms, proven.cmAux, s].map((point, k) => times(point, F.pow(g, BigInt(k)))));
    for (const [x, value, w] of [
      [zeta, f1, w1],
      [F.inv(zeta), f2, w2],
    ] as const)
      expect(sum([f, times(G1_PARAMS.generator, F.neg(value))])).toEqual(times(w, F.sub(TAU, x)));
  });
  it('refuse another Aux than the one that was committed to', async () => {
    const other = toyRun(7n, [1n, 2n], [3n, 4n, 5n]).opening;
    const committed = atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(other), 99n));
    const lie = await prove(committed, aux);
    expect(foldErrorOf(() => verify(lie)).code).toBe('E_REJECTED');
  });
  it('refuse the Aux of another run under this proof', async () => {
    const other = atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(cycleFold), 98n));
    const { cmAux } = await prove(other);
    expect(foldErrorOf(() => verify({ ...proven, cmAux })).code).toBe('E_REJECTED');
  });
});

describe('every transcript', () => {
  it('takes what its challenges depend on before they are drawn', () => {
    const order = recorded.map(({ domain, events }) => {
      const parts: [string, number][] = [];
      for (const [kind, what] of events) {
        const n = kind === 'absorb' ? what.length : 1;
        const last = parts.at(-1);
        if (last?.[0] === kind) last[1] += n;
        else parts.push([kind, n]);
      }
      const text = parts.map(([kind, n]) => `${kind === 'absorb' ? '+' : '?'}${n}`);
      return `${domain}: ${text.join(' ').replace(/((?:\+9 \?1 ?){2,})/, (all) => `(+9 ?1)x${all.match(/\?/g)!.length} `)}`;
    });
    expect(order).toMatchInlineSnapshot(`
      [
        "test: +17 ?1 +19 ?2 +1 ?1 +1 ?1 +1 ?1 +4 ?1 +8 ?1",
        "auxiliary-challenges: +1 ?4",
        "auxiliary-rows: +5 ?1 +3 ?1 +3 ?1 +3 ?1 +2 ?1",
        "auxiliary-chain: +10 ?1 (+9 ?1)x10 +3 ?1",
        "spartan-outer: +8 ?1 +6 ?1 +6 ?1 +6 ?1 +6 ?1 +6 ?1 +6 ?1 +6 ?1 +3 ?1",
        "spartan-inner: +3 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +2 ?1 +3 ?1",
      ]
    `);
  });
  it('gives another challenge for every element that is changed, and the same ones before it', () => {
    let elements = 0;
    for (const { domain, rate, events } of recorded) {
      for (const [at, [kind, what]] of events.entries()) {
        if (kind !== 'absorb') continue;
        const next = events.findIndex(([k], i) => k === 'squeeze' && i > at);
        expect(next, `${domain}: absorbed and never used`).toBeGreaterThan(at);
        for (const k of what.keys()) {
          elements++;
          const again = new Transcript(nativeSponge(engine), domain, rate);
          const squeezed = events.slice(0, next + 1).flatMap(([own, value], i) => {
            if (own === 'squeeze') return [again.squeeze()];
            again.absorb(...(i === at ? value.with(k, F.add(value[k]!, 1n)) : value));
            return [];
          });
          const honest = events.slice(0, next + 1).flatMap(([own, value]) => (own === 'squeeze' ? [value] : []));
          expect(squeezed.slice(0, -1)).toEqual(honest.slice(0, -1));
          expect(squeezed.at(-1), `${domain}, event ${at}, element ${k}`).not.toBe(honest.at(-1));
        }
      }
    }
    expect(elements).toBeGreaterThan(200);
  });
});
