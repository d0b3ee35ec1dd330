/**
 * An edited proof is rejected, whatever was edited. The proof is of 2 of 3 steps, so that every part of it is in use;
 * edits that the chain's hash refuses are tried again with the hash recomputed, so that the next check must refuse.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concat } from '../../src/algebra/concat.ts';
import { double, neg } from '../../src/algebra/curve.ts';
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS, R } from '../../src/algebra/params.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import { firstNonZero } from '../../src/circuit/check.ts';
import { blindingRange, commitRanges } from '../../src/folding/commit.ts';
import { extendModelChain, hashModel } from '../../src/folding/hashes.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { CHECKS, type CheckName, checkCycleFold, verifyFolded } from '../../src/folding/verify.ts';
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
import { rehashed } from './attacks/malicious-prover.ts';
import { proveToy, toyKey, toyStep } from './toy.ts';

/** The checks that have rejected something in this file. */
const rejectedBy = new Set<CheckName>();

describe('an edited folded proof', () => {
  let engine: Engine;
  let system: StepSystem;
  let proof: FoldedProof;
  let whole: FoldedProof;
  let cms: Affine[];
  beforeAll(async () => {
    engine = await createEngine();
    system = await buildStepSystem(engine, toyStep, toyKey(engine));
    const run = await proveToy(engine, system, [3, 141, 59], 979);
    cms = run.cms;
    await run.prover.step(run.prepared[0]!);
    await run.prover.step(run.prepared[1]!);
    proof = run.prover.proof([cms[2]!]);
    await run.prover.step(run.prepared[2]!);
    whole = run.prover.proof([]);
  });

  it('was accepted before it was edited, of the whole and of a part', () => {
    verifyFolded(engine, system, proof);
    verifyFolded(engine, system, whole);
  });

  /** Asserts the rejection; returns the check that made it, 'malformed' or 'E_FORMAT'. */
  function rejection(edited: FoldedProof, against = system): string {
    const error = foldErrorOf(() => verifyFolded(engine, against, edited));
    if (error.code === 'E_FORMAT') return 'E_FORMAT';
    expect(error.code).toBe('E_REJECTED');
    const name = /check '([a-z-]+)' failed/.exec(error.message)?.[1] as CheckName | undefined;
    if (name === undefined) {
      expect(error.message).toContain('malformed');
      rejectedBy.add('shape');
      return 'malformed';
    }
    rejectedBy.add(name);
    return name;
  }
  const edit = (path: Path, value: unknown): FoldedProof => replaced(proof, path, value);
  const inOpening = (path: Path): boolean => path.includes('opening');

  it('with any number increased is rejected, with the hash recomputed as well', () => {
    const numbers = integersOf(proof);
    expect(numbers.length).toBeGreaterThan(50);
    for (const { path, value } of numbers) {
      const edited = edit(path, typeof value === 'bigint' ? value + 1n : value + 1);
      const first = rejection(edited);
      expect(first, path.join('.')).not.toMatch(/rows|commitment$/);
      // later coordinates of a list stand in the hash like its first
      const repeated = path[0] !== 'statement' && path.some((key) => typeof key === 'number' && key > 0);
      if (path.join('.') === 'last.x' || first !== 'chain-hash' || repeated) continue;
      expect(rejection(rehashed(engine, edited)), path.join('.')).toMatch(/^(last-rows|model)$/);
    }
  }, 60_000);

  it('with any number given in another, non-canonical form is rejected', () => {
    for (const { path, value } of integersOf(proof)) {
      if (typeof value !== 'bigint') continue;
      const expected = path.at(-1) === 'x' || path.at(-1) === 'y' ? /^(malformed|points)$/ : /^malformed$/;
      for (const other of [value + R, value - R, value + (1n << 256n)])
        expect(rejection(edit(path, other)), path.join('.')).toMatch(expected);
    }
    // the same Fq value in other limbs
    proof.cycleFold.instance.x.forEach(({ lo, hi }, k) => {
      const limbs = { lo: lo + (1n << 136n), hi: hi - 1n };
      expect(rejection(edit(['cycleFold', 'instance', 'x', k], limbs))).toBe('malformed');
    });
    for (const [u, expected] of [
      [1n << 163n, 'malformed'],
      [(1n << 163n) - 1n, 'chain-hash'],
    ] as const)
      expect(rejection(edit(['cycleFold', 'instance', 'u'], u))).toBe(expected);
    for (const steps of [1.5, Number.NaN, -1, 2 ** 32, Number.POSITIVE_INFINITY]) {
      expect(rejection(edit(['statement', 'steps'], steps))).toBe('steps');
    }
  });

  it('with any point exchanged, off its curve, or spelled otherwise is rejected', () => {
    const points = pointsOf(proof);
    expect(points.length).toBe(6);
    for (const { path, value } of points) {
      const curve: CurveParams = path[0] === 'cycleFold' ? GRUMPKIN_PARAMS : G1_PARAMS;
      const p = curve.base;
      const { x, y } = value;
      for (const other of [double(curve, value)!, neg(curve, value)!]) {
        const name = rejection(edit(path, other));
        expect(name, path.join('.')).toBe(path[0] === 'running' || path[0] === 'cycleFold' ? 'chain-hash' : name);
      }
      const bad = [
        { x, y: field(p).add(y, 1n) },
        { x: x + p, y },
        { x, y: y + p },
        { x: x - p, y },
        { x, y: y - p },
        { x: 0n, y: 0n },
      ];
      for (const point of bad) expect(rejection(edit(path, point)), path.join('.')).toBe('points');
    }
  });

  it('with a byte of any opening changed is rejected by the commitment', () => {
    const arrays = byteArraysOf(proof);
    // three parts of each opening of two blocks, and CycleFold's three; a model block has no bits
    expect(arrays.length).toBe(15);
    expect(arrays.filter(({ value }) => value.length === 0).map(({ path }) => path.join('.'))).toEqual([
      'running.opening.0.bits',
      'last.opening.0.bits',
    ]);
    arrays.forEach(({ path, value }, seed) => {
      for (const k of value.length > 0 ? sampleOf(value.length / 32, seed) : []) {
        const changed = withByte(value, 32 * k, value[32 * k]! ^ 1);
        const expected = inOpening(path) ? `${path[0]}-commitments` : 'cyclefold-commitment';
        expect(rejection(edit(path, changed)), `${path.join('.')} ${k}`).toBe(expected);
      }
      for (const length of [value.length - 32, value.length - 1, value.length + 32, 0]) {
        if (length < 0 || length === value.length) continue;
        const bytes = new Uint8Array(length);
        bytes.set(value.subarray(0, length));
        expect(rejection(edit(path, bytes)), path.join('.')).toBe('malformed');
      }
    });
  }, 60_000);

  it('with an entry of the bit block that is 0 or 1 in its first byte only is rejected', () => {
    const path = ['last', 'opening', 1, 'bits'];
    const { value } = byteArraysOf(proof).find((found) => found.path.join() === path.join())!;
    for (const k of sampleOf(value.length / 32, 5)) {
      const error = foldErrorOf(() => verifyFolded(engine, system, edit(path, withByte(value, 32 * k + 1, 1))));
      expect([error.code, error.expected]).toEqual(['E_REJECTED', 'every entry of the bit block is 0 or 1']);
    }
  });

  it('with an entry that only S-boxes or only other rows read, committed anew, is rejected by those rows', () => {
    const { layout, rows, key } = system;
    const { bits, fields, blinding } = proof.last.opening[1]!;
    const model = proof.last.opening[0]!;
    const { fr } = engine;
    const head = fr.encode([1n, proof.last.x]);
    const found = { quadratic: false, boxes: false };
    for (let k = 0; k < fields.length / 32 && !(found.quadratic && found.boxes); k++) {
      const other = withByte(fields, 32 * k, fields[32 * k]! ^ 1);
      const z = concat([head, ...[model.fields, bits, other].map((part) => fr.fromCanonical(part))]);
      const forms = rows.forms(z);
      const violated = {
        quadratic: firstNonZero(rows.quadratic(z, forms)) !== undefined,
        boxes: firstNonZero(rows.boxes(z, forms)) !== undefined,
      };
      const kind = violated.quadratic ? 'quadratic' : 'boxes';
      if (violated.quadratic === violated.boxes || found[kind]) continue;
      const block = layout.blocks[1]!;
      const cm = commitRanges(engine, key, [
        { at: 0, scalars: { kind: 'full', values: fr.fromCanonical(bits) } },
        { at: block.fields.at, scalars: { kind: 'full', values: fr.fromCanonical(other) } },
        blindingRange(block, fr.fromCanonical(blinding)),
      ]);
      const edited = replaced(edit(['last', 'opening', 1, 'fields'], other), ['last', 'cms', 1], cm);
      expect(rejection(edited), kind).toBe('last-rows');
      found[kind] = true;
    }
    expect(found).toEqual({ quadratic: true, boxes: true });
  });

  it('with one coordinate of a commitment exchanged is rejected by what opens it', () => {
    const { cms: last } = proof.last;
    // a cube root of 1: (root x, y) is on the curve, too
    const base = field(G1_PARAMS.base);
    const root = base.pow(3n, (G1_PARAMS.base - 1n) / 3n);
    expect(root).not.toBe(1n);
    for (const point of [neg(G1_PARAMS, last[1]!), { x: base.mul(root, last[1]!.x), y: last[1]!.y }])
      expect(rejection(edit(['last', 'cms', 1], point))).toBe('last-commitments');
    const { c } = proof.cycleFold.instance;
    for (const point of [
      { x: c.x, y: c.y + 1n },
      { x: c.x + 1n, y: c.y },
    ])
      expect(refusedCycleFold(replaced(proof.cycleFold, ['instance', 'c'], point))).toContain("'cyclefold-commitment'");
  });

  it('with one entry of the CycleFold error exchanged, committed anew, is rejected by the rows', () => {
    const { instance, w, e, blinding } = proof.cycleFold;
    const { fq } = engine;
    for (const k of sampleOf(e.length / 32, 7)) {
      const other = withByte(e, 32 * k, e[32 * k]! ^ 1);
      const inputs = fq.encode([0n, ...instance.x.map(() => 0n)]);
      const c = system.cycleFold.commit({
        z: concat([inputs, fq.fromCanonical(w)]),
        e: fq.fromCanonical(other),
        blinding: fq.fromCanonical(blinding),
      });
      expect(refusedCycleFold({ ...proof.cycleFold, e: other, instance: { ...instance, c } })).toContain(
        "'cyclefold-rows'",
      );
    }
  });

  const refusedCycleFold = (cycleFold: FoldedProof['cycleFold']): string =>
    foldErrorOf(() => checkCycleFold(engine, system, cycleFold, () => {})).message;

  it('with an element of r or above in an opening is rejected before any arithmetic on it', () => {
    const paths: Path[] = [
      ['last', 'opening', 1, 'fields'],
      ['last', 'opening', 0, 'blinding'],
      ['running', 'opening', 1, 'bits'],
      ['cycleFold', 'w'],
    ];
    for (const path of paths) {
      const { value } = byteArraysOf(proof).find((found) => found.path.join() === path.join())!;
      expect(rejection(edit(path, withByte(value, value.length - 1, 0xff))), path.join('.')).toBe('E_FORMAT');
    }
  });

  it('with any list shortened, lengthened or reordered is rejected', () => {
    const lists = listsOf(proof);
    expect(lists.map(({ path }) => path.join('.')).sort()).toEqual([
      'cycleFold.instance.x',
      'last.cms',
      'last.opening',
      'path',
      'remaining',
      'running.claim.rho',
      'running.cms',
      'running.opening',
      'statement.z',
      'statement.z0',
    ]);
    const reordered: Record<string, string> = {
      'last.cms': 'model',
      'last.opening': 'malformed',
      'running.opening': 'malformed',
      'statement.z0': 'start',
    };
    for (const { path, value } of lists) {
      for (const list of [value.slice(0, -1), value.slice(1), [...value, value[0]], []]) {
        const expected = path[0] === 'remaining' ? 'steps' : 'malformed';
        if (list.length !== value.length) expect(rejection(edit(path, list)), path.join('.')).toBe(expected);
      }
      if (value.length > 1) {
        const expected = reordered[path.join('.')] ?? 'chain-hash';
        expect(rejection(edit(path, [...value].reverse())), path.join('.')).toBe(expected);
      }
    }
  });

  it('shown as a proof of another number of steps is rejected', () => {
    const steps = (n: number, remaining: readonly Affine[]): FoldedProof => ({
      ...proof,
      statement: { ...proof.statement, steps: n },
      remaining,
    });
    expect(rejection(steps(3, proof.remaining))).toBe('steps');
    expect(rejection(steps(1, proof.remaining))).toBe('steps');
    expect(rejection(steps(3, []))).toBe('chain-hash');
    expect(rejection(rehashed(engine, steps(3, [])))).toBe('model');
    expect(rejection(steps(1, [cms[1]!, cms[2]!]))).toBe('chain-hash');
    expect(rejection(steps(0, [cms[0]!, cms[1]!, cms[2]!]))).toBe('steps');
    // no integer, though the sum is rounded to one
    expect(rejection(steps(1 + Number.EPSILON, [cms[1]!, cms[2]!]))).toBe('steps');
    // one network of 2^32 steps, the last of which is left
    const long = replaced(proof, ['statement', 'wires', 'stepsPerNetwork'], 2n ** 32n);
    expect(rejection(replaced(long, ['statement', 'steps'], 2 ** 32 - 1))).toBe('steps');
    // L changed along with it: the model digest is of L steps
    const shorter = replaced(proof, ['statement', 'wires', 'stepsPerNetwork'], 2n);
    expect(rejection({ ...shorter, remaining: [] })).toBe('chain-hash');
    expect(rejection(rehashed(engine, { ...shorter, remaining: [] }))).toBe('model');
  });

  it('with a batch root, another start or another input digest is rejected', () => {
    expect(rejection(edit(['statement', 'wires', 'root'], 1n))).toBe('chain-hash');
    expect(rejection(edit(['statement', 'z0', 2], 1n))).toBe('start');
    expect(rejection(edit(['statement', 'z0', 0], 1n))).toBe('start');
    expect(rejection(edit(['statement', 'z', 1], 1n))).toBe('chain-hash');
    const { z0, z } = proof.statement;
    const moved = replaced(edit(['statement', 'z0'], [1n, 1n, z0[2]]), ['statement', 'z'], z.with(1, 1n));
    expect(rejection(moved)).toBe('chain-hash');
    expect(rejection(rehashed(engine, moved))).toBe('last-rows');
  });

  it('with remaining steps dropped, added, exchanged or reordered is rejected', () => {
    const one = replaced(proof, ['statement', 'steps'], 1);
    expect(rejection({ ...one, remaining: [cms[2]!, cms[1]!] })).toBe('chain-hash');
    expect(rejection({ ...proof, remaining: [] })).toBe('steps');
    expect(rejection({ ...proof, remaining: [cms[2]!, cms[2]!] })).toBe('steps');
    expect(rejection({ ...proof, remaining: [cms[1]!] })).toBe('model');
    expect(rejection({ ...whole, remaining: [cms[2]!] })).toBe('steps');
  });

  it('claimed for another model is rejected, even when the digest and the hash are made to fit', () => {
    const other = edit(['statement', 'wires', 'modelDigest'], 5n);
    expect(rejection(other)).toBe('chain-hash');
    expect(rejection(rehashed(engine, other))).toBe('model');
    // the last step's model exchanged and D computed for it: the steps before have hashed another D
    const sponge = nativeSponge(engine);
    const swapped = replaced(proof, ['last', 'cms', 0], cms[2]!);
    const m = [cms[2]!, cms[2]!].reduce((c, cm) => extendModelChain(sponge, c, commitmentOf(cm)), proof.statement.m);
    const fitted = replaced(swapped, ['statement', 'wires', 'modelDigest'], hashModel(sponge, system.pp, 3n, m));
    expect(rejection(swapped)).toBe('model');
    expect(rejection(rehashed(engine, fitted))).toBe('last-commitments');
    const reopened = replaced(rehashed(engine, fitted), ['last', 'cms', 0], proof.last.cms[0]!);
    expect(rejection(reopened)).toBe('model');
  });

  it('is rejected under another plan or another commitment key, its own parameter digest exchanged or not', async () => {
    const others = await Promise.all([
      buildStepSystem(engine, { ...toyStep, description: new TextEncoder().encode('other') }, toyKey(engine)),
      buildStepSystem(engine, toyStep, toyKey(engine, 987654321n)),
    ]);
    for (const [k, other] of others.entries()) {
      expect(rejection(proof, other)).toBe('parameters');
      const swapped = edit(['statement', 'wires', 'pp'], other.pp);
      expect(rejection(swapped, other)).toBe('chain-hash');
      expect(rejection(rehashed(engine, swapped), other)).toBe('model');
      // D made for it as well: what is left is the last step's own hash row, or the key
      const sponge = nativeSponge(engine);
      const m = [proof.last.cms[0]!, cms[2]!].reduce(
        (c, cm) => extendModelChain(sponge, c, commitmentOf(cm)),
        proof.statement.m,
      );
      const fitted = replaced(swapped, ['statement', 'wires', 'modelDigest'], hashModel(sponge, other.pp, 3n, m));
      expect(rejection(rehashed(engine, fitted), other)).toBe(k === 0 ? 'last-rows' : 'last-commitments');
    }
  });

  it('was above rejected by every check but the two that only a cheating prover can meet (attacks/), and those of batches and machines', () => {
    const elsewhere: CheckName[] = ['running-rows', 'cyclefold-rows', 'item', 'challenges', 'memory-sum'];
    expect([...rejectedBy, ...elsewhere].sort()).toEqual([...CHECKS].sort());
  });
});
