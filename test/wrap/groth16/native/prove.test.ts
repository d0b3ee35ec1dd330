/** Our own prover beside snarkjs' under the same key: both proofs hold for both verifiers, and what must not hold does not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curves, groth16 } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { field } from '../../../../src/algebra/field.ts';
import { createEngine } from '../../../../src/algebra/index.ts';
import { R } from '../../../../src/algebra/params.ts';
import { FoldError } from '../../../../src/errors.ts';
import { writeDevelopmentKey } from '../../../../src/wrap/groth16/development-key.ts';
import { type Groth16Options, groth16Prove } from '../../../../src/wrap/groth16/prove.ts';
import { groth16Verify, type VerificationKeyJson } from '../../../../src/wrap/groth16/verify.ts';
import { exportVerificationKey, readZkey } from '../../../../src/wrap/groth16/zkey.ts';
import { decodeWtns, encodeWtns } from '../../../../src/wrap/r1cs/files.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../../helpers/errors.ts';
import { type Built, build, mixed } from '../../random-circuit.ts';

const F = field(R);
let folder: string;

interface Keyed extends Built {
  readonly zkey: string;
  readonly vk: VerificationKeyJson;
}

async function keyed(name: string, circuit: Parameters<typeof build>[1]): Promise<Keyed> {
  const engine = await createEngine();
  const built = build(engine, circuit);
  const zkey = join(folder, `${name}.zkey`);
  await writeDevelopmentKey(zkey, built.r1cs, { engine, workers: 1 });
  return { ...built, zkey, vk: await exportVerificationKey(zkey, await readZkey(zkey)) };
}

let small: Keyed;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-native-'));
  small = await keyed('small', mixed([5n, R - 3n], 9));
});
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  await rm(folder, { recursive: true });
});

const prove = (circuit: Keyed, witness: Uint8Array, options: Groth16Options = {}) =>
  groth16Prove(circuit.zkey, encodeWtns(R, witness), circuit.r1cs, options);

async function verdicts({ vk }: Keyed, signals: readonly string[], proof: object): Promise<boolean[]> {
  return [groth16Verify(vk, signals, proof), await groth16.verify(vk, signals, proof)];
}

describe('a proof', () => {
  it('holds for both verifiers, as that of snarkjs does, with the same public signals', async () => {
    const own = await prove(small, small.witness());
    const twin = await prove(small, small.witness(), { prover: 'snarkjs' });
    expect(own.publicSignals).toEqual(twin.publicSignals);
    expect(await verdicts(small, own.publicSignals, own.proof)).toEqual([true, true]);
    expect(await verdicts(small, twin.publicSignals, twin.proof)).toEqual([true, true]);
    const changed = own.publicSignals.map((x, i) => (i === 0 ? `${F.add(BigInt(x), 1n)}` : x));
    expect(await verdicts(small, changed, own.proof)).toEqual([false, false]);
  });

  it('is random', async () => {
    const [first, second] = [await prove(small, small.witness()), await prove(small, small.witness())];
    for (const part of ['pi_a', 'pi_b', 'pi_c'] as const) expect(first.proof[part]).not.toEqual(second.proof[part]);
  });

  it.each([
    // constraints fill the domain, leave room, and are few
    [1, 1],
    [3, 2],
    [70, 2],
    [400, 3],
  ])('holds for %i rounds of products with %i threads', async (rounds, workers) => {
    const circuit = await keyed(`rounds-${rounds}`, mixed([R - 7n, 2n ** 200n], rounds));
    const seen: number[] = [];
    const on = ({ done, total }: { done: number; total: number }) => seen.push(done / total);
    const { proof, publicSignals } = await prove(circuit, circuit.witness(), { workers, on });
    expect(await verdicts(circuit, publicSignals, proof)).toEqual([true, true]);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('does not hold for a witness with any one signal changed', async () => {
    const { signals, publicInputs } = small.r1cs;
    for (const signal of [1, publicInputs, publicInputs + 1, signals >> 1, signals - 1]) {
      const bad = small.witness().slice();
      bad[32 * signal]! ^= 1;
      const { proof, publicSignals } = await prove(small, bad);
      expect(groth16Verify(small.vk, publicSignals, proof)).toBe(false);
    }
  });

  it('is made from a witness in a file too', async () => {
    const path = join(folder, 'w.wtns');
    await writeFile(path, encodeWtns(R, small.witness()));
    const { proof, publicSignals } = await groth16Prove(small.zkey, path, small.r1cs);
    expect(groth16Verify(small.vk, publicSignals, proof)).toBe(true);
  });
});

describe('what is refused', () => {
  it('files that hold no witness of the circuit', () => {
    const { signals } = small.r1cs;
    const good = encodeWtns(R, small.witness());
    expect(decodeWtns(R, good, signals)).toEqual(new Uint8Array(small.witness()));
    const start = good.length - 32 * signals;
    const edited = (at: number, value: number): Uint8Array => {
      const copy = Uint8Array.from(good);
      copy[at] = value;
      return copy;
    };
    const wide = Uint8Array.from(good);
    wide.set(F.toBytes(R - 1n), start + 32);
    expect(decodeWtns(R, wide, signals).length).toBe(32 * signals);
    wide[start + 32] = 1; // R itself
    const cases = [good.subarray(1), edited(0, 0), edited(start, 2), wide, edited(start + 63, 0xff)];
    for (const bytes of cases) expect(foldErrorOf(() => decodeWtns(R, bytes, signals)).code).toBe('E_FORMAT');
  });
});

it('can be cancelled before it starts and at any report of progress', async () => {
  const total = { reports: 0 };
  await prove(small, small.witness(), { on: () => total.reports++ });
  expect(total.reports).toBeGreaterThan(5);
  for (const stop of [0, 1, total.reports - 1]) {
    const controller = new AbortController();
    let seen = 0;
    if (stop === 0) controller.abort();
    const run = prove(small, small.witness(), {
      signal: controller.signal,
      on: () => ++seen === stop && controller.abort(),
    });
    const error = await foldErrorOfAsync(() => run);
    expect(error).toBeInstanceOf(FoldError);
    expect(error.code).toBe('E_ABORTED');
  }
});
