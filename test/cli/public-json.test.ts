/** public.json beside a proof: compared with the one that follows from statement and points, rebuilt on demand, never believed. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { groth16 } from 'snarkjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { keyToJson } from '../../src/api/final-json.ts';
import { packageRoot } from '../../src/ir/networks.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { jsonBytes } from '../../src/store/json.ts';
import { FINAL_FILE, KEY_FILE, PUBLIC_FILE } from '../../src/store/run-record.ts';
import { proofToJson, publicToJson } from '../../src/wrap/proof-json.ts';
import { simulate, simulatedCase, stream } from '../wrap/simulated.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const path = (name: string): string => folder.path('shared', name);
const json = (name: string) => JSON.parse(readFileSync(path(name), 'utf8'));
const { secrets, vk, statement, proof } = simulatedCase(6n);
const verify = (...more: string[]): Promise<Outcome> => fold(['verify', path(FINAL_FILE), ...more]);

beforeEach(() => {
  rmSync(path('.'), { recursive: true, force: true });
  mkdirSync(path('.'));
  const { step } = parsePlan(JSON.parse(readFileSync(join(packageRoot(), 'examples/digits512/plan.json'), 'utf8')));
  writeFileSync(path(FINAL_FILE), jsonBytes(proofToJson(statement, proof)));
  writeFileSync(path(KEY_FILE), jsonBytes(keyToJson({ vk, step })));
});

describe('public.json', () => {
  it('is compared where it lies beside the proof, and not missed where it does not', async () => {
    const without = await verify();
    expect({ code: without.code, compared: without.out.includes('ok  public-inputs') }).toEqual({
      code: 0,
      compared: false,
    });
    writeFileSync(path(PUBLIC_FILE), jsonBytes(publicToJson(statement, proof)));
    const beside = await verify();
    expect({ code: beside.code, compared: beside.out.includes('ok  public-inputs') }).toEqual({
      code: 0,
      compared: true,
    });
  });

  it('of a true proof of something else is refused, though snarkjs takes it', async () => {
    const other = { ...statement, outputDigest: 5n };
    const true_ = simulate(secrets, other, stream(12n));
    // the prover's files: what is proven of one output beside a statement of another
    writeFileSync(path(FINAL_FILE), jsonBytes(proofToJson(statement, true_)));
    writeFileSync(path(PUBLIC_FILE), jsonBytes(publicToJson(other, true_)));
    expect(await groth16.verify(json(KEY_FILE), json(PUBLIC_FILE), json(FINAL_FILE))).toBe(true);
    const { code, err } = await verify();
    expect({ code, told: err.includes('not the one that follows from proof.json') }).toEqual({ code: 1, told: true });
    rmSync(path(PUBLIC_FILE));
    expect((await verify('--public-json', path('rebuilt.json'))).err).toContain('"groth16" failed');
    expect(await groth16.verify(json(KEY_FILE), publicToJson(statement, true_), json(FINAL_FILE))).toBe(false);
  });

  it('is rebuilt for snarkjs', async () => {
    const { code, out } = await verify('--public-json', path('rebuilt.json'), '--json');
    expect(code).toBe(0);
    expect(lines(out).at(-1)).toMatchObject({ verb: 'verify', publicJson: path('rebuilt.json') });
    expect(json('rebuilt.json')).toEqual(publicToJson(statement, proof));
    expect(await groth16.verify(json(KEY_FILE), json('rebuilt.json'), json(FINAL_FILE))).toBe(true);
  });

  it('with a number that has a second spelling, or of another length, is refused', async () => {
    const own = publicToJson(statement, proof);
    for (const given of [own.with(2, `0${own[2]}`), own.slice(1), [...own, '0']]) {
      writeFileSync(path(PUBLIC_FILE), jsonBytes(given));
      expect((await verify()).err).toContain('E_FORMAT');
    }
  });
});

it('--public-json is refused where there is no final proof', async () => {
  mkdirSync(folder.path('none'), { recursive: true });
  const { code, err } = await fold(['verify', folder.path('none'), '--public-json', 'x']);
  expect({ code, told: err.includes('--public-json') }).toEqual({ code: 2, told: true });
});
