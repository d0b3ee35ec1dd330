/** Checkpoints and resuming on the command line: events, files, interruption, damage, other machines, other runs, locks. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseInterval } from '../../src/runs/option-values.ts';
import { Line } from '../../src/show/ndjson.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { lockFolder } from '../../src/store/lock.ts';
import { randomChain } from '../helpers/chains.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, type Json, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const STEPS = 7;
let args: readonly string[] = [];
let whole: Outcome;

const json = (...path: string[]): Json => JSON.parse(readFileSync(folder.path(...path), 'utf8'));
const files = (name: string): string[] => readdirSync(folder.path(name, 'checkpoints')).sort();

/** Interrupts a run as Ctrl-C does, when it tells step `step`: not once its checkpoint is there, which on a slow disk is steps later. */
async function interrupted(name: string, step: number): Promise<Outcome> {
  const controller = new AbortController();
  return fold(['prove', ...args, '--checkpoint-every', '2', '--out', folder.path(name)], {
    signal: controller.signal,
    heard: (text) => {
      if (text.includes(`step ${step}/`)) controller.abort();
    },
  });
}

beforeAll(async () => {
  ({ args } = smallRun(folder.path, STEPS));
  whole = await fold(['prove', ...args, '--json', '--checkpoint-every', '3', '--out', folder.path('whole')]);
  await interrupted('stopped', 4);
});

describe('--checkpoint-every', () => {
  it('announces each file by an event that names and digests it, chained to the one before', () => {
    expect(whole.code).toBe(0);
    const said = lines(whole.out);
    for (const line of said) Line.parse(line);
    const events = said.filter(({ type }) => type === 'checkpoint');
    expect(events.map(({ seq, step, steps }) => [seq, step, steps])).toEqual([
      [1, 3, STEPS],
      [2, 6, STEPS],
      [3, STEPS, STEPS],
    ]);
    expect(events.map(({ previousSha256 }) => previousSha256)).toEqual([null, events[0]!.sha256, events[1]!.sha256]);
    expect(new Set(events.map(({ runId }) => runId)).size).toBe(1);
    const last = events.at(-1)!;
    const bytes = readFileSync(folder.path('whole', last.file));
    expect([last.sha256, last.bytes]).toEqual([sha256Hex(bytes), bytes.length]);
    const { modelDigest, inputDigest, parameters } = json('whole', 'run.json').statement! as Json;
    expect(last).toMatchObject({ modelDigest, inputDigest, planDigest: parameters, itemId: null, selfVerified: false });
    expect(said.find(({ name }) => name === 'budget')!.disk).toBeGreaterThan(4 * bytes.length);
  });

  it('keeps the last two, closed to others, and nothing to resume once the run is complete', () => {
    expect(files('whole')).toEqual(['000006.cbor', '000007.cbor']);
    expect(statSync(folder.path('whole', 'checkpoints', '000006.cbor')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path('whole', 'private'))).toEqual(['input.json']);
    expect(readdirSync(folder.path('whole'))).not.toContain('.lock');
  });

  it('takes steps and times', () => {
    expect(['64', '30s', '10m', '2h'].map(parseInterval)).toEqual([
      { steps: 64 },
      { seconds: 30 },
      { seconds: 600 },
      { seconds: 7200 },
    ]);
    for (const text of ['', '0', '0s', '-1', '5d', '1.5', 's'])
      expect(foldErrorOf(() => parseInterval(text)).code).toBe('E_USAGE');
  });
});

describe('fold verify CHECKPOINT', () => {
  const verify = (...more: string[]): Promise<Outcome> =>
    fold(['verify', folder.path('whole', 'checkpoints', '000006.cbor'), ...more]);

  it('says what is proven so far', async () => {
    const { modelDigest, inputDigest } = json('whole', 'run.json').statement! as Json;
    const { code, out } = await verify('--model-digest', modelDigest);
    expect(code).toBe(0);
    expect(out).toMatch(
      new RegExp(`VERIFIED: layers 1..6 of model ${modelDigest} on input ${inputDigest} give activation digest 0x`),
    );
    expect(out).toContain(`6/${STEPS} steps`);
    expect(out.match(/^ok {2}/gm)).toHaveLength(13);
  });

  it('does not pin what nobody pinned, and takes the plan from elsewhere', async () => {
    cpSync(folder.path('whole', 'checkpoints', '000007.cbor'), folder.path('alone.cbor'));
    expect((await fold(['verify', folder.path('alone.cbor')])).err).toContain('no plan beside the proof');
    const { code, out } = await fold([
      'verify',
      folder.path('alone.cbor'),
      '--plan',
      folder.path('whole', 'plan.json'),
    ]);
    expect([code, out.includes('VERIFIED, NOT PINNED: all layers')]).toEqual([0, true]);
    expect((await verify('--strict')).code).toBe(1);
  });

  it('rejects another model, and a damaged file', async () => {
    expect((await verify('--model-digest', `0x${'0'.repeat(63)}1`)).code).toBe(1);
    const bytes = readFileSync(folder.path('alone.cbor'));
    bytes[9000]! ^= 1;
    writeFileSync(folder.path('bad.cbor'), bytes);
    const bad = await fold(['verify', folder.path('bad.cbor'), '--plan', folder.path('whole', 'plan.json')]);
    expect([bad.code, bad.err.includes('is damaged')]).toEqual([2, true]);
  });
});

describe('an interrupted run', () => {
  const copy = (name: string): string => {
    cpSync(folder.path('stopped'), folder.path(name), { recursive: true });
    return folder.path(name);
  };
  const resumed = async (name: string, ...more: string[]): Promise<Outcome> => {
    const outcome = await fold(['resume', folder.path(name), '--workers', '1', ...more]);
    expect(outcome).toMatchObject({ code: 0 });
    expect(json(name, 'run.json').statement).toEqual(json('whole', 'run.json').statement);
    const { modelDigest } = json('whole', 'run.json').statement! as Json;
    expect((await fold(['verify', folder.path(name), '--model-digest', modelDigest])).code).toBe(0);
    return outcome;
  };

  it('finishes its step, writes a checkpoint of it, says so and how to go on', async () => {
    const { code, err } = await interrupted('once', 2);
    expect([code, err.includes(`hint: fold resume ${folder.path('once')}`)]).toEqual([130, true]);
    expect(json('once', 'run.json')).toMatchObject({ state: 'interrupted', files: [] });
    const again = await fold(['prove', ...args, '--out', folder.path('once')]);
    expect([again.code, again.err.includes('holds an unfinished run')]).toEqual([2, true]);
    expect(again.err).toContain(`hint: fold resume ${folder.path('once')}`);
  });

  it('is resumed with the same statement, and only what is missing is folded', async () => {
    copy('resumed');
    const { out } = await resumed('resumed', '--json');
    const said = lines(out);
    for (const line of said) Line.parse(line);
    const from = said.find(({ name }) => name === 'resume')!.step as number;
    expect(from).toBe(4);
    expect(said.filter(({ type }) => type === 'step').map(({ step }) => step)).toEqual(
      Array.from({ length: STEPS - from }, (_, k) => from + k + 1),
    );
    const [first] = said.filter(({ type }) => type === 'checkpoint');
    expect(first).toMatchObject({ seq: 1 });
    expect(first!.previousSha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await fold(['resume', folder.path('resumed')])).out).toContain('nothing to resume');
  });

  it('begins anew with --force', async () => {
    const { code, out } = await fold(['prove', ...args, '--force', '--json', '--out', copy('forced')]);
    expect([code, lines(out).some(({ name }) => name === 'resume')]).toEqual([0, false]);
    expect(existsSync(folder.path('forced', 'checkpoints'))).toBe(false);
  });

  it('uses the checkpoint before a damaged one', async () => {
    copy('damaged');
    const [before, newest] = files('damaged');
    const path = folder.path('damaged', 'checkpoints', newest!);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 4;
    writeFileSync(path, bytes);
    const { out, err } = await resumed('damaged');
    expect(err).toContain(`warning: checkpoints/${newest} is damaged`);
    expect(out).toContain(`from checkpoints/${before}`);
  });

  it('that has damaged checkpoints only says so, and how to begin again with what it was begun with', async () => {
    copy('spoilt');
    for (const name of files('spoilt')) writeFileSync(folder.path('spoilt', 'checkpoints', name), 'nothing');
    const place = folder.path('spoilt', 'checkpoints');
    const { code, err } = await fold(['resume', folder.path('spoilt'), '--workers', '1']);
    expect([code, err]).toEqual([2, expect.stringContaining(`None of the checkpoints in "${place}"`)]);
    expect(err).toContain(`rm -r ${place}; fold resume ${folder.path('spoilt')}`);
    rmSync(place, { recursive: true });
    await resumed('spoilt');
  });

  it('begins at the first step where no checkpoint was written yet', async () => {
    rmSync(join(copy('early'), 'checkpoints'), { recursive: true });
    const { out } = await resumed('early');
    expect(out).not.toContain('resuming after step');
  });

  it('goes on elsewhere, with the model at another place', async () => {
    copy('elsewhere');
    renameSync(folder.path('model.onnx'), folder.path('moved.onnx'));
    try {
      const lost = await fold(['resume', folder.path('elsewhere'), '--workers', '1']);
      expect([lost.code, lost.err]).toEqual([
        2,
        expect.stringMatching(
          /not where it was[\s\S]*model\.onnx": no such file[\s\S]*hint: fold resume \S+ --model FILE/,
        ),
      ]);
      await resumed('elsewhere', '--model', folder.path('moved.onnx'));
    } finally {
      renameSync(folder.path('moved.onnx'), folder.path('model.onnx'));
    }
  });

  it('is not resumed with another model, plan or version', async () => {
    const { graph } = randomChain(4, { kind: 'dense', layers: STEPS });
    writeFileSync(folder.path('other.onnx'), writeOnnx(graph));
    copy('other');
    const model = await fold(['resume', folder.path('other'), '--workers', '1', '--model', folder.path('other.onnx')]);
    expect([model.code === 0, /another model|E_PLAN|E_INPUT|E_RANGE/.test(model.err)]).toEqual([false, true]);

    const record: Json = json('other', 'private', 'resume.json');
    const plan = record.plan! as { step: { activationBits: number } };
    const changed = {
      ...record,
      plan: { ...plan, step: { ...plan.step, activationBits: plan.step.activationBits + 1 } },
    };
    writeFileSync(folder.path('other', 'private', 'resume.json'), JSON.stringify(changed));
    const planned = await fold(['resume', folder.path('other'), '--workers', '1']);
    expect([planned.code, planned.err.includes('is of another plan, commitment key or version')]).toEqual([1, true]);
    expect(files('other')).toEqual(files('stopped'));

    const unknown = { ...record, version: (record.version as number) + 1 };
    writeFileSync(folder.path('other', 'private', 'resume.json'), JSON.stringify(unknown));
    expect((await fold(['resume', folder.path('other')])).code).toBe(2);
    const evil = { ...record, options: { ...(record.options as object), out: '/' } };
    writeFileSync(folder.path('other', 'private', 'resume.json'), JSON.stringify(evil));
    expect((await fold(['resume', folder.path('other')])).err).toContain('wrong option');
  });

  it('is left alone while another run has the folder', async () => {
    const lock = await lockFolder(copy('locked'));
    for (const command of [['resume'], ['prove', ...args, '--out']]) {
      const { code, err } = await fold([...command, folder.path('locked')]);
      expect([code, err.includes('E_LOCKED')]).toEqual([4, true]);
    }
    await lock.release();
  });

  it('is none where nothing was begun', async () => {
    const { code, err } = await fold(['resume', folder.path('nowhere')]);
    expect([code, err.includes('no unfinished run')]).toEqual([2, true]);
  });
});
