/** What the page says of compressed proofs: in the words of the command line, under the keys that it makes by itself. */
import { cpSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type GivenCompressed, judgeCompressed } from '../../src/page/compressed.ts';
import { kindOfFile } from '../../src/page/judge.ts';
import { createHash, randomBytes } from '../../src/page/stand-ins/crypto.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { compressedProgram, compressedRun, STEPS, tampered } from './compressed-run.ts';

const folder = useFolder();
// runs are folded, keys are made
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const digests: Record<string, string> = {};

const given = (run: string, more: Partial<GivenCompressed> = {}): GivenCompressed => ({
  compressed: { name: 'compressed.cbor', bytes: readFileSync(folder.path(run, 'compressed.cbor')) },
  plan: { name: 'plan.json', bytes: readFileSync(folder.path(run, 'plan.json')) },
  modelDigest: digests[run]!,
  ...more,
});

beforeAll(async () => {
  digests.transparent = await compressedRun(folder.path, 'transparent', ['--checkpoint-every', '2']);
  digests.development = await compressedRun(folder.path, 'development', ['--insecure-dev']);
  digests.program = await compressedProgram(folder.path, 'program');
});

describe.each([
  ['transparent', 'strict', 'It is sound, no set-up'],
  ['development', 'verified', 'INSECURE development key'],
  ['program', 'strict', 'It is sound, no set-up'],
])('a compressed proof: %s', (run, standing, words) => {
  it('is told in the words of the command line, check by check', async () => {
    const told: string[] = [];
    const verdict = await judgeCompressed(given(run), (line) => told.push(line));
    expect({ ...verdict, checks: [] }).toMatchObject({ standing });
    expect(verdict.lines.join('\n')).toContain(words);
    const file = folder.path(run, 'compressed.cbor');
    const { code, out } = await fold(['verify', file, '--model-digest', digests[run]!]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toContain(verdict.headline);
    for (const line of verdict.lines) expect(lines.map((said) => said.trim())).toContain(line);
    for (const [name, meaning] of verdict.checks) expect(lines).toContain(`ok  ${name.padEnd(21)} ${meaning}`);
    expect(verdict.checks.length).toBeGreaterThan(8);
    expect(Object.fromEntries(verdict.facts)['model digest D']).toBe(digests[run]);
    expect(told.at(-1)).toBe('checking the proof ...');
  });

  it('is not pinned without a digest, and rejected with another', async () => {
    const open = await judgeCompressed(given(run, { modelDigest: ' ' }));
    expect([open.standing, open.headline]).toEqual(['verified', expect.stringMatching(/^VERIFIED, NOT PINNED: /)]);
    expect(open.lines).toContainEqual(expect.stringContaining('NOT PINNED: the model digest'));
    const other = await judgeCompressed(given(run, { modelDigest: `0x${'1'.padStart(64, '0')}` }));
    expect(other).toMatchObject({
      standing: 'rejected',
      headline: 'REJECTED: The proof is of another model.',
      facts: [],
    });
  });

  it('is rejected where it is false, and not read where it is damaged', async () => {
    const { compressed } = given(run);
    const changed = await judgeCompressed(
      given(run, { compressed: { ...compressed, bytes: tampered(compressed.bytes) } }),
    );
    expect(changed).toMatchObject({ standing: 'rejected', facts: [] });
    expect(changed.headline).toContain("check 'spartan' failed");
    const bytes = Uint8Array.from(compressed.bytes);
    bytes[bytes.length >> 1]! ^= 1;
    const damaged = await judgeCompressed(given(run, { compressed: { ...compressed, bytes } }));
    expect(damaged).toMatchObject({
      standing: 'unusable',
      headline: expect.stringMatching(/^NOT VERIFIED: .*damaged/),
    });
  });

  it('is none of another plan', async () => {
    const { plan } = given(run === 'program' ? 'transparent' : 'program');
    const { standing, facts } = await judgeCompressed(given(run, { plan }));
    expect([['rejected', 'unusable'].includes(standing), facts]).toEqual([true, []]);
  });
});

it('says that a key of a ceremony is not made here', async () => {
  const { plan } = given('program');
  expect(await judgeCompressed(given('development', { plan }))).toMatchObject({
    standing: 'unusable',
    lines: expect.arrayContaining([expect.stringContaining('fold verify compressed.cbor --ptau FILE')]),
  });
});

it('takes the proof of a checkpoint for what it is', async () => {
  cpSync(folder.path('transparent'), folder.path('begun'), { recursive: true });
  const made = await fold(['compress', folder.path('begun', 'checkpoints', '000002.cbor')]);
  expect(made.code, made.err).toBe(0);
  const bytes = readFileSync(folder.path('begun', 'checkpoints', '000002.compressed.cbor'));
  const verdict = await judgeCompressed(given('transparent', { compressed: { name: 'c', bytes } }));
  expect([verdict.standing, verdict.headline]).toEqual([
    'verified',
    expect.stringMatching(/^VERIFIED: layers 1\.\.2 of/),
  ]);
  expect(Object.fromEntries(verdict.facts)).toMatchObject({ steps: `2 of ${STEPS}` });
  expect(Object.keys(Object.fromEntries(verdict.facts)).join()).not.toContain('output');
});

it('tells the files by what is in them', () => {
  const { compressed, plan } = given('program');
  const folded = { name: 'x.cbor', bytes: readFileSync(folder.path('program', 'folded.cbor')) };
  expect([compressed, plan, folded].map((file) => kindOfFile(file).kind)).toEqual(['compressed', 'plan', 'other']);
  expect(kindOfFile(folded).what).toContain('"folded-proof"');
});

it('digests as Node does', () => {
  const chunks = ['a', 'b'.repeat(1000)].map((text) => new TextEncoder().encode(text));
  const hash = createHash('sha256').update('a').update(chunks[1]!);
  expect(hash.digest('hex')).toBe(sha256Hex(...chunks));
  expect([() => createHash('md5'), randomBytes].map((call) => foldErrorOf(call).code)).toEqual(['E_BUG', 'E_BUG']);
});
