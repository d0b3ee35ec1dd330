/** A final proof pinned by the model's file: the digest is computed from it, under the plan of the key and scales of its own. */
import { copyFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { FINAL_FILE, KEY_FILE } from '../../src/store/run-record.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const verify = (name: string, ...more: string[]): Promise<Outcome> => {
  const vk = folder.path(`${name}.${KEY_FILE}`);
  copyFileSync(folder.path(name, KEY_FILE), vk);
  const pins = ['--model', folder.path('model.onnx'), '--vk', vk];
  return fold(['verify', folder.path(name), ...pins, '--workers', '1', ...more]);
};

describe('a final proof', () => {
  beforeAll(async () => {
    const run = smallRun(folder.path, 3);
    await fold(['prove', ...run.args, '--out', folder.path('folded')]);
    const coarse = ['--weight-fraction', '1', '--activation-fraction', '1'];
    await fold(['prove', ...run.args, ...coarse, '--out', folder.path('folded-coarse')]);
    addFinal(folder.path, 'final', 'folded');
    addFinal(folder.path, 'coarse', 'folded-coarse');
    addFinal(folder.path, 'other', 'folded', 1n);
  }, 60_000);

  it('is pinned by the model of its digest', async () => {
    const { code, out } = await verify('final');
    expect(code).toBe(0);
    expect(out).toMatch(/^ok {2}model-digest/m);
    expect(out).toMatch(/^VERIFIED: 3 steps/m);
  });

  it('is rejected for another digest than the model has, though proof and folder agree', async () => {
    const { code, err, out } = await verify('other');
    expect({ code, told: err.includes('The proof is of another model') }).toEqual({ code: 1, told: true });
    expect(out).not.toContain('VERIFIED');
  });

  it('is rejected under scales that its prover chose, unless the verifier trusts a plan with them', async () => {
    const { code, err } = await verify('coarse');
    expect({ code, told: err.includes('other integers of the weights') }).toEqual({ code: 1, told: true });
    expect((await verify('coarse', '--plan', folder.path('coarse', 'plan.json'))).code).toBe(0);
  });

  it('is not compared with a model where there is no plan beside it', async () => {
    const file = folder.path('final', FINAL_FILE);
    const { code, err } = await fold(['verify', file, '--model', folder.path('model.onnx')]);
    expect({ code, told: err.includes('by way of its plan') }).toEqual({ code: 2, told: true });
  });
});
