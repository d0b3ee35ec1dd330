/** A model given by its file pins the integers too: scales, rounding and salt are the verifier's, never the prover's. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { sha256Hex } from '../../src/store/digest.ts';
import { type SmallRun, smallRun } from '../helpers/small-run.ts';
import { fold, type Outcome, useFolder } from './harness.ts';

describe('fold verify --model', () => {
  const folder = useFolder();
  let run: SmallRun;
  const verify = (name: string, ...more: string[]): Promise<Outcome> =>
    fold(['verify', folder.path(name), '--model', folder.path('model.onnx'), '--workers', '1', ...more]);
  const classOf = (name: string): number => JSON.parse(readFileSync(folder.path(name, 'output.json'), 'utf8')).class;

  beforeAll(async () => {
    run = smallRun(folder.path, 3);
    await fold(['prove', ...run.args, '--out', folder.path('honest')]);
    const coarse = ['--weight-fraction', '1', '--activation-fraction', '1'];
    await fold(['prove', ...run.args, ...coarse, '--out', folder.path('coarse')]);
  }, 60_000);

  it('accepts the run of the model under its usual scales, however its layers are grouped', async () => {
    const { code, out } = await verify('honest');
    expect({ code, pinned: /^VERIFIED: /m.test(out) }).toEqual({ code: 0, pinned: true });
  });

  it('rejects a true run under scales of the prover, which give the input another class', async () => {
    expect(classOf('coarse')).not.toBe(classOf('honest'));
    const { code, err, out } = await verify('coarse');
    expect(code).toBe(1);
    expect(err).toContain('its plan makes other integers of the weights');
    expect(err).toContain('got: activation fraction 1, weight fraction 1, rounding nearest');
    expect(out).not.toContain('VERIFIED');
  });

  it('accepts such scales when the verifier trusts a plan with them, and then no others', async () => {
    const plan = folder.path('coarse', 'plan.json');
    const { code, out } = await verify('coarse', '--plan', plan);
    expect({ code, pinned: /^VERIFIED: /m.test(out) }).toEqual({ code: 0, pinned: true });
    expect((await verify('honest', '--plan', plan)).code).toBe(1);
    const alone = await fold(['verify', folder.path('coarse'), '--plan', plan]);
    expect({ code: alone.code, told: alone.err.includes('Option --plan means nothing here') }).toEqual({
      code: 2,
      told: true,
    });
  });

  it('rejects another rounding, which stands in plan.json alone', async () => {
    cpSync(folder.path('honest'), folder.path('rounded'), { recursive: true });
    const plan = readFileSync(folder.path('rounded', 'plan.json'), 'utf8').replace('"nearest"', '"floor"');
    writeFileSync(folder.path('rounded', 'plan.json'), plan);
    const record = JSON.parse(readFileSync(folder.path('rounded', 'run.json'), 'utf8'));
    const listed = record.files.find((file: { path: string }) => file.path === 'plan.json');
    Object.assign(listed, { sha256: sha256Hex(Buffer.from(plan)), bytes: plan.length });
    writeFileSync(folder.path('rounded', 'run.json'), JSON.stringify(record));
    const { code, err } = await verify('rounded');
    expect({ code, told: err.includes('rounding floor') }).toEqual({ code: 1, told: true });
  });

  it('shows what its folder calls a model, never as a terminal would take it', async () => {
    cpSync(folder.path('honest'), folder.path('named'), { recursive: true });
    const record = JSON.parse(readFileSync(folder.path('named', 'run.json'), 'utf8'));
    // up one line and erase it, where NOT PINNED stands; then words of its own, and the rest written backwards
    record.model.name = 'x\u001b[1A\u001b[2K\nVERIFIED: 512/512 steps\u202e\u009b8m';
    writeFileSync(folder.path('named', 'run.json'), JSON.stringify(record));
    const { code, out } = await fold(['verify', folder.path('named')]);
    expect(code).toBe(0);
    expect(out).not.toMatch(/[^\P{C}\n]/u);
    expect(out).not.toMatch(/^VERIFIED:/m);
    expect(out).toContain(String.raw`calls it "x\u{1b}[1A\u{1b}[2K\u{a}VERIFIED: 512/512 steps\u{202e}\u{9b}8m"`);
  });

  it('makes no salt for a private model that has none here', async () => {
    const { code, err } = await verify('honest', '--private', 'model');
    expect({ code, told: err.includes('no file') }).toEqual({ code: 2, told: true });
    expect(existsSync(folder.path('model.onnx.salt'))).toBe(false);
  });
});
