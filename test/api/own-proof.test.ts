/** What was made here and does not hold: a fault of the key (4) or of this program (70), never "checked and false" (1). */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { developmentKeySource } from '../../src/api/keys.ts';
import { loadModel } from '../../src/api/load.ts';
import { verifyOwn, verifyOwnFinal } from '../../src/api/own-proof.ts';
import { plan, quantize } from '../../src/api/plan.ts';
import { prove } from '../../src/api/prove.ts';
import { verify } from '../../src/api/verify.ts';
import type { WrapTarget } from '../../src/api/wrap-circuit.ts';
import { loadWrapKey, setupDevelopmentWrap } from '../../src/api/wrap-key.ts';
import type { ConstraintSystem } from '../../src/circuit/constraint-system.ts';
import { SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { digestPath, writeKeyDigest } from '../../src/wrap/groth16/key-digest.ts';
import { PUBLIC_INPUTS } from '../../src/wrap/signals.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { build } from '../wrap/random-circuit.ts';
import { g1, simulatedCase } from '../wrap/simulated.ts';

const folder = mkdtempSync(join(tmpdir(), 'layerfold-own-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at]! ^= 4;
  writeFileSync(path, bytes);
}

describe('a final proof', () => {
  const { vk, statement, proof } = simulatedCase(1n);
  const path = join(folder, 'some.zkey');
  const false_ = { ...proof, groth16: { ...proof.groth16, c: g1(5n) } };
  const off = { ...proof, groth16: { ...proof.groth16, a: { x: 1n, y: 1n } } };
  const opened = { ...proof, opening: { ...proof.opening, w1: g1(5n) } };
  const check = (made: typeof proof, renewable = false): Promise<void> =>
    verifyOwnFinal({ path, verification: vk, renewable }, statement, made, () => {});

  it('that does not hold names the key where that can be the cause, and is a bug where it is whole', async () => {
    writeFileSync(path, 'a key');
    await check(proof);
    for (const made of [false_, off]) {
      const error = await foldErrorOfAsync(() => check(made));
      expect([error.code, error.exitCode, error.message]).toEqual([
        'E_KEY',
        4,
        `The proving key "${path}" is damaged.`,
      ]);
    }
    await writeKeyDigest(path);
    for (const made of [false_, off, opened]) {
      const error = await foldErrorOfAsync(() => check(made));
      expect([error.code, error.exitCode]).toEqual(['E_BUG', 70]);
    }
    flip(path, 2);
    expect((await foldErrorOfAsync(() => check(false_))).code).toBe('E_KEY');
    expect((await foldErrorOfAsync(() => check(false_, true))).hint).toBe('It is made again when it is needed.');
    expect((await foldErrorOfAsync(() => check(opened))).code).toBe('E_BUG');
  });
});

it('a folded proof that does not hold is a bug, which as a file it is not', async () => {
  const loaded = await loadModel({ network: 'digits512', layers: 3 });
  const planned = await plan(quantize(loaded), developmentKeySource());
  const { proof } = await prove(planned, loaded.sample!, { workers: 1 });
  await verifyOwn(proof, planned);
  const wrong = { ...proof, statement: { ...proof.statement, m: proof.statement.m + 1n } };
  expect((await foldErrorOfAsync(() => verify(wrong, planned))).exitCode).toBe(1);
  const error = await foldErrorOfAsync(() => verifyOwn(wrong, planned));
  expect([error.code, error.exitCode]).toEqual(['E_BUG', 70]);
});

describe('a development key', () => {
  const path = join(folder, 'dev.zkey');
  /** As many public inputs as a wrap has, each tied to a secret. */
  const circuit = <E>(cs: ConstraintSystem<E>): void => {
    const secrets = Array.from({ length: PUBLIC_INPUTS }, (_, k) => cs.field(() => BigInt(k)));
    const outputs = cs.publicInputs(() => secrets.map((value) => cs.value(value)), PUBLIC_INPUTS);
    for (const [k, output] of outputs.entries()) cs.row([cs.sub(output, secrets[k]!), cs.constant(1n)]);
  };

  it('is made once; again where it is damaged, cut, another, or nothing says that it is whole', async () => {
    const engine = await createEngine();
    const { r1cs } = build(engine, circuit);
    const system = { step: { blocks: SLOT_BLOCKS } };
    const target = { engine, system, key: developmentKeySource() } as unknown as WrapTarget;
    const told: string[] = [];
    const setup = () => setupDevelopmentWrap(target, r1cs, { path, workers: 1, making: (why) => told.push(why) });
    const [key] = [await setup(), await setup()];
    expect([key, told]).toMatchObject([{ path, insecure: true, renewable: true }, ['absent']]);
    const whole = readFileSync(path);
    const spoil: [string, () => void][] = [
      ['damaged', () => flip(path, whole.length >> 1)],
      ['damaged', () => flip(path, 0)],
      ['damaged', () => truncateSync(path, 100)],
      ['another', () => rmSync(digestPath(path))],
    ];
    for (const [why, change] of spoil) {
      change();
      told.length = 0;
      await setup();
      expect(told).toEqual([why]);
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
    const other = build(engine, <E>(cs: ConstraintSystem<E>) => {
      circuit(cs);
      const more = cs.field(() => 1n);
      cs.row([cs.sub(more, cs.constant(1n)), cs.constant(1n)]);
    }).r1cs;
    await setupDevelopmentWrap(target, other, { path, workers: 1, making: (why) => told.push(why) });
    expect(told.at(-1)).toBe('another');
  });

  it('that somebody names is refused where its digest says that it is damaged', async () => {
    const engine = await createEngine();
    const { r1cs } = build(engine, circuit);
    const system = { step: { blocks: SLOT_BLOCKS } };
    const target = { engine, system, key: developmentKeySource() } as unknown as WrapTarget;
    const named = join(folder, 'named.zkey');
    await setupDevelopmentWrap(target, r1cs, { path: named, workers: 1 });
    expect((await loadWrapKey(target, r1cs, named)).renewable).toBe(false);
    flip(named, readFileSync(named).length >> 1);
    expect((await foldErrorOfAsync(() => loadWrapKey(target, r1cs, named))).code).toBe('E_KEY');
  });
});
