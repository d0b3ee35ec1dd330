/** `fold batch --one-proof` without the final proof: its folder, what a reader is shown of it, and every lie beside it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyMember } from '../../src/api/member.ts';
import { verifyBatch } from '../../src/cli/verify/batch.ts';
import type { ItemEvent } from '../../src/events.ts';
import { type ProvenBatch, provenBatch } from '../../src/folding/member.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import type { Proven } from '../../src/folding/proven.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { ItemClock } from '../../src/runs/batch-files.ts';
import { listCheckpoints } from '../../src/store/checkpoints.ts';
import { parseCsv } from '../../src/store/csv.ts';
import { readMember } from '../../src/store/member-file.ts';
import { decodeProof } from '../../src/store/proof-file.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { smallRun } from '../helpers/small-run.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
type Json = Record<string, unknown>;
const json = (...parts: string[]): Json => JSON.parse(readFileSync(folder.path(...parts), 'utf8'));
const last = (outcome: Outcome): Json => lines(outcome.out).at(-1)!;

const LAYERS = 1;
/** A command about the model, which has a layer in every step. */
const command = (verb: string, ...args: string[]): string[] => [
  ...[verb, folder.path('model.onnx'), ...args],
  ...['--insecure-dev', '--layers-per-step', '1', '--no-wrap', '--workers', '1'],
];
const together = (out: string, ...args: string[]): string[] => [
  ...command('batch', folder.path('inputs'), ...args),
  ...['--one-proof', '--out', folder.path(out)],
];
const batch = (out: string, ...args: string[]): Promise<Outcome> => fold([...together(out, ...args), '--json']);
const verify = (out: string, ...args: string[]): Promise<Outcome> =>
  fold(['verify', folder.path(out), '--json', ...args]);

let proved: Outcome;
beforeAll(async () => {
  const { input } = smallRun(folder.path, LAYERS);
  mkdirSync(folder.path('inputs'));
  for (const [k, id] of ['a', 'b', 'c'].entries())
    writeFileSync(folder.path('inputs', `${id}.json`), JSON.stringify({ input_data: [input.map((v) => v / (k + 1))] }));
  writeFileSync(folder.path('bad.json'), '{"input_data": [[1]]}');
  proved = await batch('run', folder.path('bad.json'), '--checkpoint-every', '1', '--keep', '9');
});

describe('a batch in one proof', () => {
  it('proves the good inputs, lists all, and exits with 5 for the bad one', () => {
    expect(proved.code).toBe(5);
    const record = json('run', 'run.json');
    expect(last(proved)).toMatchObject({ verb: 'batch', items: 3, failed: 1, layers: LAYERS + 1 });
    expect(record).toMatchObject({
      state: 'complete',
      statement: { root: expect.stringMatching(/^0x/), sentence: expect.stringContaining('on every input of a batch') },
    });
    const rows = parseCsv(readFileSync(folder.path('run', 'results.csv'), 'utf8'));
    expect(rows.map((row) => [row[0], row[2], row[4], row[5]])).toEqual([
      ['id', 'status', 'error', 'index'],
      ['a', 'proven', '', '0'],
      ['b', 'proven', '', '1'],
      ['c', 'proven', '', '2'],
      ['bad', 'failed', 'E_INPUT', ''],
    ]);
    expect(rows.slice(1, 4).every((row) => row[1] !== '' && Number(row[3]) > 0)).toBe(true);
    expect(readdirSync(folder.path('run', 'members')).sort()).toEqual(['a.json', 'b.json', 'c.json']);
    expect(existsSync(folder.path('run', 'private'))).toBe(true);
    expect(readdirSync(folder.path('run', 'private'))).toEqual([]);
  });

  it('tells in its events the item under way and the steps of the whole', () => {
    const steps = lines(proved.out).filter(({ type }) => type === 'checkpoint' || type === 'step');
    const of = (kind: string) => steps.filter(({ type }) => type === kind);
    const total = Number(of('checkpoint')[0]!.steps);
    expect(total % 3).toBe(0);
    for (const kind of ['step', 'checkpoint']) {
      expect(of(kind).map(({ step }) => step)).toEqual(Array.from({ length: total }, (_, k) => k + 1));
      expect(new Set(of(kind).map((event) => event.steps))).toEqual(new Set([total]));
      expect([...new Set(of(kind).map(({ itemId }) => itemId))]).toEqual(['a', 'b', 'c']);
    }
  });

  it('is verified with its members, and made once', async () => {
    const verified = last(await verify('run'));
    expect(verified).toMatchObject({ verb: 'verify', items: 3, pinned: false, root: expect.stringMatching(/^0x/) });
    expect(verified.members).toMatchObject([
      { id: 'a', index: 0, inputChecked: true },
      { id: 'b', index: 1 },
      { id: 'c', index: 2 },
    ]);
    const again = await batch('run');
    expect(again.code).toBe(0);
    expect(last(again)).toMatchObject({ again: true, items: 3 });
  });

  it('verifies one member, by its name or its file', async () => {
    for (const named of ['b', folder.path('run', 'members', 'b.json')]) {
      const { code, out } = await fold(['verify', folder.path('run'), '--member', named]);
      expect(code).toBe(0);
      expect(out).toMatch(/is item 2 of 3 \(index 1\); its input and output are that of the proven digests/);
    }
  });

  it('says of a checkpoint which items are proven', async () => {
    const steps = readdirSync(folder.path('run', 'checkpoints'));
    const said = await Promise.all(
      [0, -1].map(async (k) => (await fold(['verify', folder.path('run', 'checkpoints', steps.at(k)!)])).out),
    );
    const perItem = steps.length / 3;
    expect(said[0]).toContain(perItem === 1 ? 'items 1..1 are proven' : 'no item is complete yet');
    expect(said[1]).toContain('items 1..3 are proven. Of item 3:');
  });

  it('is shown by fold report', async () => {
    expect((await fold(['report', folder.path('run')])).code).toBe(0);
    expect(readFileSync(folder.path('run', 'report.html'), 'utf8')).toContain(
      String((json('run', 'run.json').statement as Json).root),
    );
  });

  it('is not replaced by another order, nor by proofs of each', async () => {
    writeFileSync(folder.path('c2.json'), readFileSync(folder.path('inputs', 'c.json')));
    const more = await batch('run', folder.path('c2.json'));
    expect([more.code, more.out.includes('E_RUN_EXISTS')]).toEqual([2, true]);
    const each = await fold([...command('batch', folder.path('inputs')), '--out', folder.path('run')]);
    expect([each.code, each.err.includes('--one-proof')]).toEqual([2, true]);
  });

  it('has no class to reveal', async () => {
    expect((await batch('none', '--reveal', 'class')).code).toBe(2);
    expect(existsSync(folder.path('none'))).toBe(false);
  });
});

describe('lies beside the proof', () => {
  const member = (id: string): Json => json('run', 'members', `${id}.json`);
  const lie = async (changed: Json): Promise<unknown> => {
    writeFileSync(folder.path('lie.json'), JSON.stringify(changed));
    const proof = decodeProof(readFileSync(folder.path('run', 'folded.cbor'))) as Proven<FoldedProof>;
    const { step } = parsePlan(json('run', 'plan.json'));
    return verifyMember(provenBatch(proof), await readMember(folder.path('lie.json')), { step });
  };
  const bump = (digest: unknown): string => `0x${(BigInt(digest as string) + 1n).toString(16).padStart(64, '0')}`;

  it.each([
    ['another input digest', (m: Json) => ({ ...m, inputDigest: bump(m.inputDigest) }), 'path'],
    ['another output digest', (m: Json) => ({ ...m, outputDigest: bump(m.outputDigest) }), 'path'],
    ['another index', (m: Json) => ({ ...m, index: 0 }), 'path'],
    ['an index behind the proven steps', (m: Json) => ({ ...m, index: 3 }), 'index'],
    ['another root', (m: Json) => ({ ...m, root: bump(m.root) }), 'root'],
    ['fewer steps per network', (m: Json) => ({ ...m, stepsPerNetwork: Number(m.stepsPerNetwork) + 1 }), 'model'],
    ['another model chain', (m: Json) => ({ ...m, modelChain: bump(m.modelChain) }), 'model'],
    ['other parameters', (m: Json) => ({ ...m, parameters: bump(m.parameters) }), 'model'],
    ['another path', (m: Json) => ({ ...m, path: (m.path as string[][]).map((node) => [...node].reverse()) }), 'path'],
    ['the output of another item', (m: Json) => ({ ...m, output: member('a').output }), 'output'],
    ['the input of another item', (m: Json) => ({ ...m, input: member('a').input }), 'input'],
  ])('%s is refused', async (_what, change, check) => {
    const error = await foldErrorOfAsync(() => lie(change(member('b'))));
    expect([error.code, error.message]).toEqual(['E_REJECTED', expect.stringContaining(`check '${check}' failed`)]);
  });

  it('make the command fail with 1', async () => {
    writeFileSync(folder.path('lie.json'), JSON.stringify({ ...member('b'), index: 3 }));
    const { code, err } = await fold(['verify', folder.path('run'), '--member', folder.path('lie.json')]);
    expect([code, err]).toEqual([1, expect.stringContaining("check 'index' failed")]);
  });

  it('a member under the name of another is refused', async () => {
    cpSync(folder.path('run'), folder.path('swapped'), { recursive: true });
    cpSync(folder.path('run', 'members', 'a.json'), folder.path('swapped', 'members', 'b.json'));
    const swapped = await fold(['verify', folder.path('swapped')]);
    expect([swapped.code, swapped.err]).toEqual([1, expect.stringContaining('Item "b"')]);
  });

  it('a member of a single run is refused, which has none', async () => {
    const single = { modelDigest: 1n, steps: 2n, root: 0n } as ProvenBatch;
    const { step } = parsePlan(json('run', 'plan.json'));
    const context = { options: { member: 'a' }, report: undefined as never, signal: new AbortController().signal };
    const error = await foldErrorOfAsync(() => verifyBatch(context, folder.path('run'), single, step));
    expect([error.code, error.got]).toEqual(['E_USAGE', '--member a']);
  });

  it('a root of run.json that is not the proven one is refused', async () => {
    const record = json('run', 'run.json');
    const statement = record.statement as Json;
    cpSync(folder.path('run'), folder.path('told'), { recursive: true });
    writeFileSync(
      folder.path('told', 'run.json'),
      JSON.stringify({ ...record, statement: { ...statement, root: bump(statement.root) } }),
    );
    expect((await verify('told')).code).toBe(1);
  });
});

describe('the clock of the items', () => {
  const told = (from: number, earlier: readonly (number | undefined)[], steps: readonly [number, number][]) => {
    const clock = new ItemClock(2, () => {}, from, earlier);
    for (const [step, seconds] of steps) clock.on({ type: 'step', step, seconds } as ItemEvent);
    return clock.seconds;
  };

  it.each([
    [
      'one sitting',
      0,
      [],
      [
        [1, 1],
        [2, 3],
        [3, 4],
      ],
      [3, 1],
    ],
    [
      'a later one keeps the earlier items',
      2,
      [5],
      [
        [3, 1],
        [4, 2],
      ],
      [5, 2],
    ],
    [
      'and adds to the one under way',
      3,
      [5, 0.5],
      [
        [4, 2],
        [5, 3],
        [6, 7],
      ],
      [5, 2.5, 5],
    ],
    [
      'of which nothing is said if a part is not known',
      3,
      [5],
      [
        [4, 2],
        [6, 7],
      ],
      [5, undefined, 5],
    ],
  ] as const)('%s', (_what, from, earlier, steps, expected) => {
    expect(told(from, earlier, steps as never)).toEqual(expected);
  });
});

describe('an interrupted batch', () => {
  /** Stops as Control-C does, after so many steps. */
  async function interrupted(out: string, ...args: string[]): Promise<void> {
    const stop = new AbortController();
    const poll = setInterval(() => {
      if (existsSync(folder.path(out, 'checkpoints'))) stop.abort();
    }, 5);
    const { code } = await fold([...together(out, folder.path('bad.json'), ...args), '--checkpoint-every', '1'], {
      signal: stop.signal,
    });
    clearInterval(poll);
    expect(code).toBe(130);
    expect(json(out, 'run.json').state).toBe('interrupted');
  }
  const statement = (out: string): Json => json(out, 'run.json').statement as Json;

  it('goes on by fold resume to the same statement, with all its lists', async () => {
    await interrupted('stopped');
    const seconds = () => parseCsv(readFileSync(folder.path('stopped', 'results.csv'), 'utf8')).map((row) => row[3]!);
    const [newest] = await listCheckpoints(folder.path('stopped'));
    const done = Math.floor(newest! / (LAYERS + 1));
    const before = seconds().slice(1, 1 + done);
    expect(before.every((s) => Number(s) > 0)).toBe(true);
    cpSync(folder.path('stopped'), folder.path('again'), { recursive: true });
    const resumed = await fold(['resume', folder.path('stopped'), '--workers', '1', '--json']);
    expect(resumed.code).toBe(5);
    expect(lines(resumed.out).some(({ name }) => name === 'resume')).toBe(true);
    expect(statement('stopped')).toEqual(statement('run'));
    const statuses = parseCsv(readFileSync(folder.path('stopped', 'results.csv'), 'utf8')).map((row) => row[2]);
    expect(statuses).toEqual(['status', 'proven', 'proven', 'proven', 'failed']);
    expect(seconds().slice(1, 1 + done)).toEqual(before);
    expect(
      seconds()
        .slice(1, 4)
        .every((s) => Number(s) > 0),
    ).toBe(true);
  });

  it('goes on by the same command, not by another', async () => {
    const other = await batch('again', folder.path('c2.json'));
    expect([other.code, other.out.includes('unfinished run')]).toEqual([2, true]);
    const same = await batch('again');
    expect([same.code, lines(same.out).some(({ name }) => name === 'resume')]).toEqual([0, true]);
    expect(statement('again')).toEqual(statement('run'));
  });

  it('keeps the salts of private items, and shows digests only', async () => {
    await interrupted('hidden', '--private', 'input,output');
    const kept = json('hidden', 'private', 'resume.json').items as { salts: Json }[];
    expect(new Set(kept.map(({ salts }) => salts.input)).size).toBe(3);
    // its salts are not for a run that hides nothing
    expect((await batch('hidden')).code).toBe(2);
    expect((await fold(['resume', folder.path('hidden'), '--workers', '1'])).code).toBe(5);
    const member = json('hidden', 'members', 'a.json');
    expect([member.input, member.output]).toEqual([undefined, undefined]);
    expect(readFileSync(folder.path('hidden', 'results.csv'), 'utf8')).not.toMatch(/^a,\d/m);
    const secret = readFileSync(folder.path('hidden', 'private', 'items.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(secret.map((line) => JSON.parse(line).salts)).toEqual(kept.map(({ salts }) => salts));
    const shown = await fold(['verify', folder.path('hidden'), '--member', 'a']);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('its data are private')]);
    // private/ is no stranger's
    rmSync(folder.path('hidden', 'private'), { recursive: true });
    expect((await verify('hidden')).code).toBe(0);
  });
});
