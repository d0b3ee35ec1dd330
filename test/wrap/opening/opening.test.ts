/** The opening of the committed blocks: the identity against naive sums, prover against circuit, KZG, tampering. */
import { describe, expect, it } from 'vitest';
import { add, mul } from '../../../src/algebra/curve.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { type Affine, G1_PARAMS, R } from '../../../src/algebra/params.ts';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../../src/algebra/sponge.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { CountingSystem } from '../../../src/circuit/counting-system.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import { atOnce } from '../../../src/turns.ts';
import { commitHere } from '../../../src/wrap/opening/commit.ts';
import { type OpeningMessages, proveOpening } from '../../../src/wrap/opening/prove.ts';
import { addShares, correlation, divide } from '../../../src/wrap/opening/tensor.ts';
import { verifyOpening } from '../../../src/wrap/opening/verify.ts';
import type { SpartanOutcome } from '../../../src/wrap/spartan/proof.ts';
import { dot, eqValues } from '../../folding/small-system.ts';
import { toyKey } from '../../folding/toy.ts';
import { CheckingSystem, RowViolated } from '../../helpers/checking.ts';
import { elementsFrom } from '../folded.ts';
import { evaluate } from '../polynomial.ts';

const engine = await createEngine();
const F = field(R);
const TAU = 123456789n;

/** M shorter than P, longer, equal; three blocks, one alone. */
const LOGS = [[2, 5], [4, 1], [3, 3], [2, 5, 4], [3]];

async function sample(logs: readonly number[]) {
  const next = elementsFrom(logs[0]!);
  const many = (n: number): bigint[] => Array.from({ length: n }, next);
  const log = Math.max(...logs);
  const [blocks, ry] = [logs.map((own) => many(2 ** own)), many(log)];
  const commit = commitHere(engine, await toyKey(engine, TAU).load(2 ** log));
  const layout = { blocks: logs.map((own) => ({ log: own })) };
  const claims = blocks.map((block, k) => dot(block, eqValues(ry.slice(0, logs[k]!))));
  const outcome: SpartanOutcome<bigint> = { ry, claims };
  const vectors = blocks.map((block) => engine.fr.encode(block));
  const transcript = transcriptOf(nativeSponge(engine), outcome);
  const proven = await proveOpening(engine, transcript, { commit, layout }, vectors, ry);
  return { layout, blocks, outcome, proven };
}

function transcriptOf<E>(f: SpongeArithmetic<E>, { ry, claims }: SpartanOutcome<E>): Transcript<E> {
  const transcript = new Transcript<E>(f, 'test');
  transcript.absorb(...ry, ...claims);
  return transcript;
}

function verify(
  cs: ConstraintSystem<bigint>,
  { layout, outcome, proven }: Awaited<ReturnType<typeof sample>>,
  messages: OpeningMessages = proven.messages,
  claimed: SpartanOutcome<bigint> = outcome,
) {
  return verifyOpening(cs, transcriptOf(cs, outcome), layout, claimed, commitmentOf(messages.s), () => messages);
}

const times = (p: Affine, k: bigint): Affine => mul(G1_PARAMS, p, k)!;

describe('correlation', () => {
  it.each([1, 2, 4])('has the coefficients of the definition, n = %i', (n) => {
    const next = elementsFrom(n);
    const p = Array.from({ length: 2 ** n }, next);
    const point = Array.from({ length: n }, next);
    const e = eqValues(point);
    const s = new Array<bigint>(2 ** n - 1).fill(0n);
    for (const [i, pi] of p.entries())
      for (const [j, ej] of e.entries())
        if (i !== j) s[Math.abs(i - j) - 1] = F.create(s[Math.abs(i - j) - 1]! + pi * ej);
    expect(engine.fr.decode(atOnce(correlation(engine, engine.fr.encode(p), point)))).toEqual(s);

    // in shares of one, three and more elements
    const cuts = [0, 1, 4, 11, 2 ** n].filter((at) => at <= 2 ** n);
    const shares = cuts.slice(1).map((to, k) => {
      const at = cuts[k]!;
      return atOnce(correlation(engine, engine.fr.encode(p.slice(at, to)), point, at));
    });
    expect(engine.fr.decode(addShares(engine, shares))).toEqual(s);

    const zeta = next();
    const inverse = F.inv(zeta);
    const left = evaluate(p, zeta) * evaluate(e, inverse) + evaluate(p, inverse) * evaluate(e, zeta);
    const right = 2n * dot(p, e) + zeta * evaluate(s, zeta) + inverse * evaluate(s, inverse);
    expect(F.create(left)).toBe(F.create(right));
  });

  it.each([1, 2, 8, 16, 512])('divides 16 coefficients by X - x, %i in a row', (width) => {
    const next = elementsFrom(9);
    const f = Array.from({ length: 16 }, next);
    const [x, y] = [next(), next()];
    const { quotient, value } = divide(engine, engine.fr.encode(f), x, width);
    expect(value).toBe(evaluate(f, x));
    expect(F.mul(F.sub(y, x), evaluate(engine.fr.decode(quotient), y))).toBe(F.sub(evaluate(f, y), value));
  });
});

describe.each(LOGS.map((logs) => ({ logs })))('opening $logs', ({ logs }) => {
  it('runs in step with the circuit, and its values are those of the polynomials', async () => {
    const run = await sample(logs);
    const { zeta, g, f1, f2 } = run.proven.opening;
    expect(verify(new CheckingSystem(engine), run)).toEqual({ zeta, g, f1, f2 });
    const { messages } = run.proven;
    for (const [k, x] of [zeta, F.inv(zeta)].entries()) {
      expect(messages.evaluations[k]!.blocks).toEqual(run.blocks.map((block) => evaluate(block, x)));
    }
  });

  it('opens f with quotients that fit its commitment', async () => {
    const { blocks, proven } = await sample(logs);
    const { s, w1, w2, zeta, g, f1, f2 } = proven.opening;
    const G = G1_PARAMS.generator;
    const sum = (points: readonly Affine[]): Affine => points.reduce((a, b) => add(G1_PARAMS, a, b)!);
    const points = [...blocks.map((block) => times(G, evaluate(block, TAU))), s];
    const f = sum(points.map((point, k) => (k === 0 ? point : times(point, F.pow(g, BigInt(k))))));
    // [f] - f(x) G = (tau - x) W, in the exponent because tau is known here
    for (const [x, value, w] of [
      [zeta, f1, w1],
      [F.inv(zeta), f2, w2],
    ] as const)
      expect(sum([f, times(G, F.neg(value))])).toEqual(times(w, F.sub(TAU, x)));
  });

  it('rejects another value of any private wire', async () => {
    const run = await sample(logs);
    const honest = new CheckingSystem(engine);
    verify(honest, run);
    for (let at = 0; at < honest.advice.length; at++) {
      const cs = new CheckingSystem(engine, (index, value) => (index === at ? (value + 1n) % R : value));
      expect(() => verify(cs, run), `allocation ${at}`).toThrow(RowViolated);
    }
  });

  it('rejects other claims, another s, and messages of another point', async () => {
    const run = await sample(logs);
    const { outcome, proven } = run;
    const { claims } = outcome;
    const others = claims.map((claim, k) => ({ ...outcome, claims: claims.with(k, F.add(claim, 1n)) }));
    const points = outcome.ry.map((_, j) => ({
      ...outcome,
      ry: outcome.ry.map((c, k) => (k === j ? F.add(c, 1n) : c)),
    }));
    for (const claimed of [...others, ...points])
      expect(() => verify(new CheckingSystem(engine), run, proven.messages, claimed)).toThrow(RowViolated);
    // claims that cancel in the plain sum do not in the one weighted by g'
    for (let k = 1; k < claims.length; k++) {
      const moved = claims.with(0, F.add(claims[0]!, 1n)).with(k, F.sub(claims[k]!, 1n));
      const shifted = { ...outcome, claims: moved };
      expect(() => verify(new CheckingSystem(engine), run, proven.messages, shifted)).toThrow(RowViolated);
    }
    const s = times(proven.messages.s, 2n);
    expect(() => verify(new CheckingSystem(engine), run, { ...proven.messages, s })).toThrow(RowViolated);
  });
});

describe('cost', () => {
  it('grows by six multiplications a coordinate', () => {
    const count = (witnessLog: number): Record<string, number> => {
      const cs = new CountingSystem();
      const wires = { ry: new Array<boolean>(witnessLog).fill(true), claims: [true, true] };
      const limbs = { lo: true, hi: true };
      const transcript = new Transcript<boolean>(cs, 'test');
      verifyOpening(
        cs,
        transcript,
        { blocks: [{ log: 2 }, { log: witnessLog }] },
        wires,
        { x: limbs, y: limbs },
        () => {
          throw new Error('a count asks for no messages');
        },
      );
      return Object.fromEntries(cs.costs);
    };
    expect(count(17)).toMatchInlineSnapshot(`
      {
        "": 110,
        "transcript": 1836,
      }
    `);
    expect(count(18)['']! - count(17)['']!).toBe(6);
  });
});
