/**
 * Challenges cannot be reused or foreseen: every absorbed message changes every later challenge, in the step circuit
 * itself (the advice is changed, the circuit runs) and in a plain twin of the page that gives the same values.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { domainTag } from '../../../src/algebra/sponge.ts';
import type { PreparedStep } from '../../../src/folding/chain.ts';
import { commitmentOf } from '../../../src/folding/instance.ts';
import type { StepAdvice } from '../../../src/folding/step-circuit.ts';
import { buildStepSystem, type StepSystem } from '../../../src/folding/step-system.ts';
import { integersOf, type Path, replaced } from '../../helpers/mutate.ts';
import { proveToy, toyKey, toyStep } from '../toy.ts';
import { ForgingWriter } from './forging-writer.ts';
import { MaliciousProver, writeWitness } from './malicious-prover.ts';

describe('the transcript of a fold', () => {
  let engine: Engine;
  let system: StepSystem;
  let prepared: readonly PreparedStep[];
  let told: StepAdvice;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    const run = await proveToy(engine, system, [1, 2, 3], 4);
    prepared = run.prepared;
    const wires = { stepsPerNetwork: 3n, modelDigest: run.modelDigest, root: 0n };
    const prover = new MaliciousProver(engine, system, wires, prepared[0]!.wires.enter.h!);
    for (const step of prepared) await prover.step(step);
    told = prover.told[2]!;
  });

  /** r, s_a, s_b as the circuit decomposes them. */
  function inCircuit(advice: StepAdvice): bigint[] {
    let writer: ForgingWriter | undefined;
    writeWitness(engine, system, prepared[2]!, advice, (sizes) => {
      writer = new ForgingWriter(engine, sizes);
      return writer;
    });
    return [0, 3, 6].map((k) => writer!.seen.get(`challenges bits ${k}`)!);
  }

  /** The page again: one state of 17, 16 elements added at a time, one permutation per squeeze or full rate. */
  function onPaper(pp: bigint, a: StepAdvice): bigint[] {
    let state = [domainTag('fold', 0), ...new Array<bigint>(16).fill(0n)];
    const squeeze = (...messages: bigint[]): bigint => {
      for (let at = 0; at < messages.length; at += 16) {
        const block = messages.slice(at, at + 16);
        state = state.map((e, k) => (k === 0 ? e : field(R).add(e, block[k - 1] ?? 0n)));
        state = engine.fr.decode(engine.poseidon.permute(17, engine.fr.encode(state)));
      }
      return state[1]!;
    };
    const limbs = (p: { x: bigint; y: bigint }): bigint[] => [p.x, p.y].flatMap((v) => [v % (1n << 136n), v >> 136n]);
    const low = (e: bigint): bigint => e % (1n << 128n);
    squeeze(pp, a.fresh.x, ...a.fresh.cms.flatMap(limbs));
    squeeze(...a.messages.h);
    const r = low(squeeze(...a.messages.t));
    const side = (k: number): bigint => {
      const [A, B, C] = [a.running.U.cms[k]!, a.fresh.cms[k]!, a.messages.cms[k]!];
      const fresh = a.messages.fresh[k]!;
      return low(squeeze(fresh.x, fresh.y, r, A.x.lo, A.x.hi, A.y.lo, A.y.hi, ...limbs(B), ...limbs(C)));
    };
    return [r, side(0), side(1)];
  }

  it('gives in the circuit what the page says', () => {
    expect(inCircuit(told)).toEqual(onPaper(system.pp, told));
    const cmM = told.fresh.cms[0]!;
    expect(commitmentOf(cmM).x.lo).toBe(cmM.x % (1n << 136n));
  });

  it('changes every later challenge, and no earlier one, with every message', () => {
    const honest = inCircuit(told);
    /** Number of the first challenge that follows each message. */
    const absorbed: [number, Path[]][] = [
      [0, [['fresh', 'x'], ['wires', 'pp'], ...inside(['fresh', 'cms'])]],
      [0, [...inside(['messages', 't']), ...told.messages.h.map((_, k): Path => ['messages', 'h', k])]],
      [
        1,
        [...inside(['messages', 'fresh', 0]), ...inside(['running', 'U', 'cms', 0]), ...inside(['messages', 'cms', 0])],
      ],
      [
        2,
        [...inside(['messages', 'fresh', 1]), ...inside(['running', 'U', 'cms', 1]), ...inside(['messages', 'cms', 1])],
      ],
    ];
    for (const [first, paths] of absorbed) {
      for (const path of paths) {
        const changed = inCircuit(replaced(told, path, valueAt(path) + 1n));
        const same = changed.map((challenge, k) => challenge === honest[k]);
        expect(same, path.join('.')).toEqual([0, 1, 2].map((k) => k < first));
      }
    }
  });

  const valueAt = (path: Path): bigint =>
    path.reduce<unknown>((v, key) => (v as Record<string | number, unknown>)[key], told) as bigint;
  const inside = (path: Path): Path[] => integersOf(valueAt(path)).map(({ path: rest }) => [...path, ...rest]);
});
