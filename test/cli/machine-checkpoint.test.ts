/** Checkpoints of a run on the machine: at planned steps they show activations, elsewhere they are files to resume from. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { modelBytes } from '../helpers/network.ts';
import { valueInfo } from '../helpers/onnx.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
/** Numbers that take several steps to come in and to go out. */
const WIDTH = 768;
let model: readonly string[] = [];

const checkpoint = (run: string, step: number): string => folder.path(run, 'checkpoints', `00000${step}.cbor`);
const begin = async (out: string, more: readonly string[], stopAfter: string): Promise<Outcome> => {
  const stop = new AbortController();
  const heard = (text: string): void => {
    if (text.includes(stopAfter)) stop.abort();
  };
  const args = ['prove', ...model, '--no-wrap', '--workers', '1', '--out', folder.path(out), ...more];
  return fold(args, { signal: stop.signal, heard });
};

beforeAll(async () => {
  const nodes = [{ op: 'Sigmoid', in: ['x'], out: ['y'] }];
  writeFileSync(folder.path('model.onnx'), modelBytes(nodes, { input: [valueInfo('x', [1, WIDTH])] }));
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: [new Array(WIDTH).fill(0.5)] }));
  model = [folder.path('model.onnx'), '--circuit', 'machine', '--input', folder.path('input.json')];
});

describe('a checkpoint of a run on the machine', () => {
  it('shows what its network still reads where it is planned, and the run goes on from it', async () => {
    const begun = await begin('run', ['--checkpoint-every', '2', '--verify-checkpoints', '--json'], '"step":2,');
    expect(begun.code).toBe(130);
    const { code, out } = await fold(['verify', checkpoint('run', 2)]);
    expect(code).toBe(0);
    expect(out).toMatch(/ok {2}planned .*\n[\s\S]*ok {2}memory-sum/);
    expect(out).toMatch(
      /steps 1\.\.2 of model .* leave \d+ vectors? of activations to be read, with digest 0x[0-9a-f]{64}/,
    );
    const event = lines(begun.out).find(({ type }) => type === 'checkpoint')!;
    expect(event.activationDigest).toBe(/digest (0x\w+)$/m.exec(out)![1]);
    // under the transparent key a checkpoint is sound as it is
    const pinned = ['--model-digest', event.modelDigest as string];
    const strict = await fold(['verify', checkpoint('run', 2), ...pinned, '--strict']);
    expect([strict.code, strict.out]).toEqual([0, expect.stringContaining('It is sound, no set-up')]);

    // another number in the list is found
    const proof = decodeProof(readFileSync(checkpoint('run', 2)));
    const rows = proof.memory!.live!.rows.slice();
    rows[2]! += 1;
    writeFileSync(
      folder.path('000002.cbor'),
      encodeProof({ ...proof, memory: { ...proof.memory!, live: { width: 16, rows } } }),
    );
    const plan = ['--plan', folder.path('plan.json')];
    writeFileSync(
      folder.path('plan.json'),
      JSON.stringify(JSON.parse(readFileSync(folder.path('run', 'private', 'resume.json'), 'utf8')).plan),
    );
    const { code: refused, err } = await fold(['verify', folder.path('000002.cbor'), ...plan]);
    expect({ refused, told: err.includes("check 'planned' failed") }).toEqual({ refused: 1, told: true });

    // what was planned stays, whatever is asked for now
    const resumed = await fold(['resume', folder.path('run'), '--workers', '1', '--checkpoint-every', '1']);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.out).toContain('PROVEN AND VERIFIED');
    expect((await fold(['verify', folder.path('run')])).code).toBe(0);
  }, 600_000);

  it('is a file to resume from where the step was not planned, and where anything is private', async () => {
    expect(await begin('early', ['--checkpoint-every', '2'], 'step 1/')).toMatchObject({ code: 130 });
    const early = await fold(['verify', checkpoint('early', 1)]);
    expect(early.code).toBe(0);
    expect(early.out).toMatch(/are folded: a run can go on from here/);
    expect(await fold(['resume', folder.path('early'), '--workers', '1'])).toMatchObject({ code: 0 });

    const hidden = ['--checkpoint-every', '2', '--private', 'input'];
    expect(await begin('hidden', hidden, 'step 2/')).toMatchObject({ code: 130 });
    expect(decodeProof(readFileSync(checkpoint('hidden', 2))).memory).toBeUndefined();
    expect((await fold(['verify', checkpoint('hidden', 2)])).out).toMatch(/are folded: a run can go on from here/);
    expect(readdirSync(folder.path('hidden'))).not.toContain('folded.cbor');
  }, 600_000);
});
