/** The prepared powers of tau that tests of the ceremony path make with known secrets are those that snarkjs prepares. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { curves, powersOfTau } from 'snarkjs';
import { expect, test } from 'vitest';
import { verifyPtau } from '../../../src/wrap/groth16/ceremony.ts';
import { readSections, writeSections } from '../../helpers/ptau.ts';
import { trialPowers } from '../../helpers/trial-powers.ts';

test('trial powers equal what snarkjs prepares of the same contribution, and verify', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'layerfold-powers-'));
  try {
    const [path, raw, own] = ['trial.ptau', 'raw.ptau', 'own.ptau'].map((name) => join(folder, name));
    await trialPowers(path!, 5);
    const sections = await readSections(path!);
    await writeSections(raw!, 'ptau', new Map([...sections].filter(([type]) => type < 12)));
    await powersOfTau.preparePhase2(raw!, own!);
    const prepared = await readSections(own!);
    expect([...prepared.keys()].sort()).toEqual([...sections.keys()].sort());
    for (const [type, data] of prepared) expect(sections.get(type)!.equals(data), `section ${type}`).toBe(true);
    expect(await verifyPtau(path!)).toEqual([{ name: 'a trial', hash: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  } finally {
    await (await curves.getCurveFromName('bn128')).terminate();
    await rm(folder, { recursive: true });
  }
});
