/**
 * Compressed proofs of a toy: of a whole run and of its first steps, under powers of a tau and under the transparent key. Every number,
 * point and byte, changed, is rejected.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { double, isOnCurve, neg } from '../../src/algebra/curve.ts';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, GRUMPKIN_PARAMS, R } from '../../src/algebra/params.ts';
import type { CompressedProof } from '../../src/compressed/proof.ts';
import { compress } from '../../src/compressed/prove.ts';
import { COMPRESSED_CHECKS, type CompressedCheck, verifyCompressed } from '../../src/compressed/verify.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem, type KeySource, type StepSystem } from '../../src/folding/step-system.ts';
import { transparentPoints } from '../../src/folding/transparent-key.ts';
import type { AffineG2 } from '../../src/wrap/final-proof.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import {
  byteArraysOf,
  integersOf,
  listsOf,
  type Path,
  pointsOf,
  replaced,
  sampleOf,
  withByte,
} from '../helpers/mutate.ts';

const TAU = 123456789n;

const hashedKey = (engine: Engine): KeySource => ({
  name: 'transparent',
  insecure: false,
  load: async (n) => engine.g1.fromCanonicalPoints(transparentPoints(engine, 0, n)),
});

interface Kind {
  readonly name: CompressedProof['opening']['kind'];
  readonly key: (engine: Engine) => KeySource;
  readonly tau: AffineG2 | undefined;
}

const KINDS: readonly Kind[] = [
  { name: 'pairing', key: (engine) => toyKey(engine, TAU), tau: bn254.G2.Point.BASE.multiply(TAU).toAffine() },
  { name: 'inner-product', key: hashedKey, tau: undefined },
];

describe.each(KINDS)('a compressed proof opened by $name', ({ name, key, tau }) => {
  let engine: Engine;
  let system: StepSystem;
  let part: FoldedProof;
  let proof: CompressedProof;
  let whole: CompressedProof;
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, key(engine));
    const run = await proveToy(engine, system, [3, 141, 59], 979);
    await run.prover.step(run.prepared[0]!);
    await run.prover.step(run.prepared[1]!);
    part = run.prover.proof([run.cms[2]!]);
    proof = await compress(engine, system, part, name);
    await run.prover.step(run.prepared[2]!);
    whole = await compress(engine, system, run.prover.proof([]), name);
  });

  /** What has rejected something: a check by its name, 'malformed' or 'E_FORMAT'. */
  const rejectedBy = new Set<string>();
  const expectRejected = (edited: CompressedProof, what: string): string => {
    const { code, message } = foldErrorOf(() => verifyCompressed(engine, system, edited, tau));
    expect(['E_REJECTED', 'E_FORMAT'], what).toContain(code);
    const by = code === 'E_FORMAT' ? code : (/check '([a-z-]+)' failed/.exec(message)?.[1] ?? 'malformed');
    rejectedBy.add(by);
    return by;
  };

  it('is accepted, of the whole and of a part, and the same when it is made again', async () => {
    const passed: CompressedCheck[] = [];
    verifyCompressed(engine, system, whole, tau, (check) => passed.push(check));
    expect(passed.at(-1)).toBe('opening');
    verifyCompressed(engine, system, proof, tau);
    expect(await compress(engine, system, part, name)).toEqual(proof);
  });

  it('is rejected with any number changed', () => {
    for (const { path, value } of everyKind(integersOf(proof)))
      expectRejected(replaced(proof, path, typeof value === 'bigint' ? value + 1n : value + 1), path.join('.'));
  });

  it('is malformed with a value in another form, and with a point off its curve', () => {
    const malformed = (path: Path, value: unknown): void =>
      expect(expectRejected(replaced(proof, path, value), path.join('.')), path.join('.')).toMatch(
        /^(malformed|points)$/,
      );
    for (const { path, value } of everyKind(integersOf(proof)))
      if (typeof value === 'bigint') for (const same of [value + R, value - R]) malformed(path, same);
    for (const { path, value } of everyKind(pointsOf(proof))) malformed(path, { ...value, y: value.y + 1n });
  });

  it('is rejected with any point replaced by another of its curve', () => {
    everyKind(pointsOf(proof)).forEach(({ path, value }, k) => {
      const curve = isOnCurve(G1_PARAMS, value) ? G1_PARAMS : GRUMPKIN_PARAMS;
      const others = [neg(curve, value), double(curve, value), curve.generator];
      expectRejected(replaced(proof, path, others[k % 3]!), path.join('.'));
    });
  });

  it('is rejected with any list longer or shorter, and any byte changed', () => {
    for (const { path, value } of listsOf(proof)) {
      if (value.length > 0) expectRejected(replaced(proof, path, value.slice(1)), path.join('.'));
      expectRejected(replaced(proof, path, [...value, value[0] ?? G1_PARAMS.generator]), path.join('.'));
    }
    for (const { path, value } of byteArraysOf(proof)) {
      expectRejected(replaced(proof, path, withByte(value, 31, 0xff)), path.join('.'));
      for (const at of sampleOf(value.length, path.length))
        expectRejected(replaced(proof, path, withByte(value, at, value[at]! ^ 1)), path.join('.'));
      expectRejected(replaced(proof, path, value.slice(32)), path.join('.'));
    }
  });

  it('is rejected with parts of another proof, under another key and as the other kind', async () => {
    for (const part of ['messages', 'cycleFoldOpening', 'spartan', 'opening', 'statement', 'running', 'last'] as const)
      expectRejected({ ...proof, [part]: whole[part] }, part);
    const other = bn254.G2.Point.BASE.multiply(TAU + 1n).toAffine();
    if (tau) expect(foldErrorOf(() => verifyCompressed(engine, system, proof, other)).code).toBe('E_REJECTED');
    if (tau) expect(foldErrorOf(() => verifyCompressed(engine, system, proof, undefined)).code).toBe('E_REJECTED');
  });

  it('was rejected above by every check that an edit can reach', () => {
    // the last fold is built, and refuses exceptional additions only; for rows that are false the commitment must be remade (verify.test.ts)
    const unreached = ['shape', 'challenges', 'memory-sum', 'item', 'last-fold', 'cyclefold-rows'];
    expect([...rejectedBy].sort()).toEqual(
      ['malformed', 'E_FORMAT', ...COMPRESSED_CHECKS.filter((name) => !unreached.includes(name))].sort(),
    );
  });
});

/** All of short lists and of what stands alone; of longer ones the first, the last and one in between. */
function everyKind<T extends { readonly path: Path }>(found: readonly T[]): T[] {
  const byList = new Map<string, T[]>();
  for (const one of found) {
    const list = one.path.map((step) => (typeof step === 'number' ? '#' : step)).join('.');
    byList.set(list, [...(byList.get(list) ?? []), one]);
  }
  return [...byList.values()].flatMap((list) => sampleOf(list.length, list.length).map((k) => list[k]!));
}
