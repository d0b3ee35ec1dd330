/**
 * The whole way, no part of it switched off: a network is folded and wrapped into one proof by the command line, and native
 * verifier, snarkjs and the contract accept that proof and nothing near it. The development key comes from the cache of
 * this machine, or is made there first.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFinal } from '../../src/api/final-run.ts';
import { encodeCalldata } from '../../src/wrap/contract/calldata.ts';
import { createMachine } from '../../src/wrap/contract/evm.ts';
import { measureGas } from '../../src/wrap/contract/gas.ts';
import { writeVerifier } from '../../src/wrap/contract/write-verifier.ts';
import { fold, type Outcome } from '../cli/harness.ts';
import { browser } from '../helpers/browser.ts';
import { type Path, replaced } from '../helpers/mutate.ts';
import { openPage, verdictOf, writePage } from '../helpers/verify-page.ts';
import { deploy, verdict } from '../wrap/contract/deployment.ts';

let folder = '';
let proved: Outcome;
const path = (...parts: string[]): string => join(folder, ...parts);
const json = (name: string): unknown => JSON.parse(readFileSync(path('run', name), 'utf8'));
const lastLine = ({ out }: Outcome) => JSON.parse(out.trimEnd().split('\n').at(-1)!);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerfold-final-'));
  // two steps, so that the last one is folded into a running instance that is not the default
  proved = await fold(['--layers', '33', '--json', '--out', path('run')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('fold prove', () => {
  it('ends with one small proof, and says what it rests on', () => {
    expect(proved.code).toBe(0);
    const result = lastLine(proved);
    expect(result).toMatchObject({ verb: 'prove', layers: 33, steps: 2, insecure: true, calldataBytes: 1092 });
    expect(result.revealedClass).toBe(result.class);
    expect(result.gas).toBeLessThan(400_000);
    for (const stage of ['fold', 'verify', 'wrap-circuit', 'wrap-prepare', 'wrap-witness', 'groth16', 'final-verify'])
      expect(result.stageSeconds[stage], stage).toBeGreaterThan(0);
    for (const name of ['proof.json', 'public.json', 'verification_key.json'])
      expect(result.files).toContainEqual({ path: name, share: 'yes' });
    expect(statSync(path('run', 'proof.json')).size).toBeLessThan(4096);
  });

  it('is not repeated: the complete run is verified again', async () => {
    const again = await fold(['--layers', '33', '--json', '--out', path('run')]);
    expect({ code: again.code, again: lastLine(again).again }).toEqual({ code: 0, again: true });
  });
});

describe('fold verify', () => {
  const verify = (...more: string[]): Promise<Outcome> => fold(['verify', path('run'), ...more]);

  it('says what is proven, and what nobody has pinned', async () => {
    const { code, out } = await verify();
    expect(code).toBe(0);
    expect(out).toContain('VERIFIED, NOT PINNED: 2 steps');
    expect(out).toMatch(/NOT PINNED: the key \(--vk\) and the model/);
  });

  it('is pinned by key and digest together, and strict about an insecure key even then', async () => {
    const digest: string = lastLine(proved).modelDigest;
    const made = await fold(['setup', '--network', 'digits512', '--insecure-dev', '--json']);
    const trusted = path('trusted.json');
    const args = ['--network', 'digits512', '--insecure-dev', '--out', trusted];
    const checked = await fold(['key', 'verify', lastLine(made).path, ...args]);
    expect([checked.code, checked.out]).toEqual([0, expect.stringContaining('INSECURE development key')]);
    const pins = ['--vk', trusted, '--model-digest', digest];
    const own = await verify('--vk', path('run', 'verification_key.json'), '--model-digest', digest);
    expect({ code: own.code, unpinned: own.out.includes('NOT PINNED: the key') }).toEqual({ code: 0, unpinned: true });
    const pinned = await verify(...pins);
    expect({ code: pinned.code, unpinned: pinned.out.includes('NOT PINNED') }).toEqual({ code: 0, unpinned: false });
    expect((await verify(...pins.slice(0, 2))).out).toContain('NOT PINNED: the model');
    const strict = await verify(...pins, '--strict');
    expect({ code: strict.code, told: strict.err.includes('INSECURE') }).toEqual({ code: 1, told: true });
    expect((await verify('--strict')).code).toBe(1);
    const other = await verify('--model-digest', `0x${'1'.padStart(64, '0')}`);
    expect({ code: other.code, told: other.err.includes('another model') }).toEqual({ code: 1, told: true });
  });

  it('reads a proof.json alone', async () => {
    const { code, out } = await fold([
      'verify',
      path('run', 'proof.json'),
      '--vk',
      path('run', 'verification_key.json'),
    ]);
    expect({ code, verified: out.includes('VERIFIED') }).toEqual({ code: 0, verified: true });
  });

  it('refuses every field of proof.json and public.json changed by one', async () => {
    for (const name of ['proof.json', 'public.json']) {
      const honest = json(name);
      for (const at of decimals(honest)) {
        const value = at.reduce<unknown>((v, key) => (v as Record<string | number, unknown>)[key], honest) as string;
        for (const file of ['proof.json', 'public.json', 'verification_key.json'])
          writeFileSync(path(file), readFileSync(path('run', file)));
        writeFileSync(path(name), JSON.stringify(replaced(honest, at, `${BigInt(value) + 1n}`)));
        const { code, err } = await fold(['verify', path('proof.json')]);
        expect([1, 2], `${name} ${at.join('.')}: ${err}`).toContain(code);
      }
    }
  });

  it('refuses data beside the proof that are not the proven ones', async () => {
    const honest = readFileSync(path('run', 'output.json'));
    const output = JSON.parse(honest.toString());
    output.integers[0] += 1;
    writeFileSync(path('run', 'output.json'), JSON.stringify(output));
    expect((await verify()).err).toContain("check 'files' failed");
    writeFileSync(path('run', 'output.json'), honest);
    expect((await verify()).code).toBe(0);
  });
});

/** Paths of all decimal strings. */
function decimals(value: unknown, at: Path = []): Path[] {
  if (typeof value === 'string') return /^\d+$/.test(value) ? [at] : [];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, child]) => decimals(child, [...at, key]));
}

describe('others', () => {
  it('snarkjs verifies its part, against public inputs that the verifier rebuilds', async () => {
    expect((await fold(['verify', path('run'), '--public-json', path('rebuilt.json')])).code).toBe(0);
    expect(readFileSync(path('rebuilt.json'))).toEqual(readFileSync(path('run', 'public.json')));
    const files = [path('run', 'verification_key.json'), path('rebuilt.json'), path('run', 'proof.json')];
    const said = execFileSync(process.execPath, ['node_modules/snarkjs/cli.js', 'groth16', 'verify', ...files]);
    expect(said.toString()).toContain('OK!');
  });

  it.skipIf(!browser)('the page verifies it in a browser, and says what it rests on', async () => {
    expect((await writePage(path('verify.html'))).code).toBe(0);
    const { page, requests, complaints, close } = await openPage(path('verify.html'));
    try {
      const give = (...names: string[]) =>
        page.locator('#choose').setInputFiles(names.map((name) => path('run', name)));
      await give('proof.json', 'output.json', 'private/input.json');
      await give('verification_key.json');
      const said = await verdictOf(page, /^VERIFIED, NOT PINNED: 2 steps, .*, key INSECURE DEV/);
      const { class: predicted, modelDigest } = lastLine(proved);
      expect(said).toContain(`its class is ${predicted}.`);
      expect(said).toContain('output PINNED: output.json is the proven output');
      expect(said).toContain('input PINNED: the 64 numbers of input.json');
      await page.locator('#digest').fill(modelDigest);
      await verdictOf(page, /^VERIFIED, NOT PINNED: .*INSECURE DEV/);
      const tampered = replaced(json('proof.json'), ['layerfold', 'statement', 'steps'], '3');
      writeFileSync(path('run', 'tampered.json'), JSON.stringify(tampered));
      await give('tampered.json');
      await verdictOf(page, /^REJECTED: /);
      expect({ requests: requests.length, complaints }).toEqual({ requests: 1, complaints: [] });
    } finally {
      rmSync(path('run', 'tampered.json'), { force: true });
      await close();
    }
  });

  it('the contract accepts the proof, and refuses every word of the calldata changed by one', async () => {
    const { statement, proof, key } = await readFinal(path('run'), undefined);
    const verifier = await writeVerifier({ vk: key.vk, network: 'digits512', modelDigest: statement.modelDigest });
    const machine = await createMachine();
    const address = await deploy(machine, verifier);
    const honest = encodeCalldata(statement, proof);
    const ask = async (data: Uint8Array): Promise<string> => verdict(await machine.call(address, data));
    expect(await ask(honest)).toBe('true');
    for (let at = 4; at < honest.length; at += 32) {
      const data = honest.slice();
      for (let k = at + 31; k >= at; k--) {
        data[k] = (data[k]! + 1) & 255;
        if (data[k] !== 0) break;
      }
      expect(await ask(data), `word ${(at - 4) / 32}`).toMatch(/^(false|revert)/);
    }
    const gas = await measureGas(verifier, statement, proof);
    expect(gas.total).toBeLessThanOrEqual(400_000);
    expect(Math.abs(gas.total - lastLine(proved).gas)).toBeLessThan(1000);
  });
});
