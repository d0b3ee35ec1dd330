/** A final proof pinned by the model's file: the digest is computed from it, under the plan of the key and scales of its own. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyToJson } from '../../src/api/verify-final.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { FINAL_FILE, KEY_FILE, type RunRecord } from '../../src/store/run-record.ts';
import { proofToJson } from '../../src/wrap/proof-json.ts';
import { smallRun } from '../helpers/small-run.ts';
import { simulate, simulatedCase, stream } from '../wrap/simulated.ts';
import { fold, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const { secrets, vk } = simulatedCase(4n);

/** Puts a simulated final proof of what run.json says beside the folded one, of another model where that is asked for. */
function addFinal(name: string, from: string, otherModel = 0n): void {
  cpSync(folder.path(from), folder.path(name), { recursive: true });
  const json = (file: string) => JSON.parse(readFileSync(folder.path(name, file), 'utf8'));
  const record: RunRecord & { statement: { modelDigest: string } } = json('run.json');
  const { modelDigest, inputDigest, outputDigest, steps } = record.statement;
  const statement = {
    modelDigest: BigInt(modelDigest) + otherModel,
    ...{ inputDigest: BigInt(inputDigest), outputDigest: BigInt(outputDigest) },
    ...{ revealed: 0n, steps: BigInt(steps), root: 0n },
  };
  record.statement.modelDigest = `0x${statement.modelDigest.toString(16).padStart(64, '0')}`;
  const { step } = parsePlan(json('plan.json'));
  const files = {
    [FINAL_FILE]: proofToJson(statement, simulate(secrets, statement, stream(11n))),
    [KEY_FILE]: keyToJson({ vk, step }),
  } as const;
  for (const [path, content] of Object.entries(files)) {
    const bytes = Buffer.from(JSON.stringify(content));
    writeFileSync(folder.path(name, path), bytes);
    record.files.push({
      path: path as keyof typeof files,
      sha256: sha256Hex(bytes),
      bytes: bytes.length,
      share: 'yes',
    });
  }
  writeFileSync(folder.path(name, 'run.json'), JSON.stringify(record));
}

const verify = (name: string, ...more: string[]): Promise<Outcome> => {
  const pins = ['--model', folder.path('model.onnx'), '--vk', folder.path(name, KEY_FILE)];
  return fold(['verify', folder.path(name), ...pins, '--workers', '1', ...more]);
};

describe('a final proof', () => {
  beforeAll(async () => {
    const run = smallRun(folder.path, 3);
    await fold(['prove', ...run.args, '--out', folder.path('folded')]);
    const coarse = ['--weight-fraction', '1', '--activation-fraction', '1'];
    await fold(['prove', ...run.args, ...coarse, '--out', folder.path('folded-coarse')]);
    addFinal('final', 'folded');
    addFinal('coarse', 'folded-coarse');
    addFinal('other', 'folded', 1n);
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
