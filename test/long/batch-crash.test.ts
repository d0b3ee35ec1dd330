/**
 * The crash campaign of a batch: `fold batch` is killed in the middle of its items and run again until all are proven. A
 * finished item is never made again nor touched, the lists always name every item, and what is proven in the end is what an
 * uninterrupted batch proves. LAYERFOLD_CRASHES sets the kills of the campaigns; a batch takes a fifth of them (10).
 */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../../src/store/csv.ts';
import { randomChain, seeded } from '../helpers/chains.ts';
import {
  type Campaign,
  expectHonest,
  expectNothingDamaged,
  KINDS,
  leftovers,
  statementIn,
  struck,
  Tally,
  workspace,
} from '../helpers/crashes.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { type Ended, foldProcess } from '../helpers/processes.ts';

const KILLS = Math.ceil(Number(process.env.LAYERFOLD_CRASHES ?? 50) / 5);
const LAYERS = 8;
const IDS = ['a', 'b', 'c', 'd', 'e'];

const path = workspace();
const cache = path('cache');

describe('the crash campaign of a batch', () => {
  let campaign: Campaign;
  const whole = new Map<string, unknown>();
  const batch = (out: string): string[] => [
    ...['batch', path('model.onnx'), path('inputs.jsonl'), '--insecure-dev', '--no-wrap', '--json'],
    ...['--layers-per-step', '1', '--workers', '2', '--checkpoint-every', '2', '--out', out],
  ];
  const item = (out: string, id: string): string => join(out, 'items', id);

  beforeAll(async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    const lines = IDS.map((id, k) => JSON.stringify({ id, input_data: [[...input.data].map((x) => x / (k + 1))] }));
    writeFileSync(path('inputs.jsonl'), `${lines.join('\n')}\n`);
    // the first run makes the plan and the model's commitments, which the cache then has
    expect(await foldProcess(batch(path('first')), { cache })).toMatchObject({ code: 0 });
    const unstruck = await foldProcess(batch(path('whole')), { cache });
    expect(unstruck).toMatchObject({ code: 0 });
    // five items with four checkpoints and the proof, of about 1.1 MB each
    campaign = { cache, duration: unstruck.took, written: 28e6 };
    for (const id of IDS) whole.set(id, statementIn(item(path('whole'), id)));
  });

  it(`of ${KILLS} kills proves every item once, with the same statements`, async () => {
    const random = seeded(2027);
    const tally = new Tally();
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      const out = path(`batch-${run}`);
      for (let sitting = 0; ; sitting++) {
        const before = finished(out);
        const spared = kills >= KILLS || sitting >= 4;
        const kind = KINDS[Math.floor(random() * KINDS.length)]!;
        const args = batch(out);
        const ended = await (spared ? foldProcess(args, { cache }) : struck(kind, args, random(), campaign));
        // what was finished is as it was, to the byte and the moment
        const after = finished(out);
        for (const [id, state] of before) expect([id, after.get(id)]).toEqual([id, state]);
        for (const id of IDS) await expectNothingDamaged(item(out, id));
        expectLists(out);
        if (ended.code === 0 && sitting === 0) campaign.duration = ended.took;
        if (ended.code === 0) {
          const made = itemsOf(ended).map((line) => [line.id, line.made]);
          expect(made.sort()).toEqual(IDS.map((id) => [id, !before.has(id)]));
          break;
        }
        expect({ spared, ended }).toMatchObject({ spared: false });
        kills++;
        tally.add(kind, ended);
        // the death of a thread fails the items that it worked for, not the batch
        expectHonest(kind, withError(ended), 5);
        if (kind === 'worker') expect(itemsOf(ended).map(({ error }) => error)).toContain('E_WORKER');
      }
      for (const id of IDS) {
        expect(statementIn(item(out, id))).toEqual(whole.get(id));
        const { modelDigest } = whole.get(id) as { modelDigest: string };
        const verified = await foldProcess(['verify', item(out, id), '--model-digest', modelDigest], { cache });
        expect(verified).toMatchObject({ code: 0 });
      }
      expect(leftovers(out)).toEqual([]);
      rmSync(out, { recursive: true });
    }
    console.info(
      `crash campaign of a batch: ${kills} kills, a batch takes ${(campaign.duration / 1000).toFixed(1)} s`,
      tally.told,
    );
  });

  /** Complete items, each with its proof's size and moment. */
  function finished(out: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const id of IDS) {
      const record = join(item(out, id), 'run.json');
      if (!existsSync(record)) continue;
      const text = readFileSync(record, 'utf8');
      const { size, mtimeMs } = statSync(join(item(out, id), 'folded.cbor'), { throwIfNoEntry: false }) ?? {};
      if (JSON.parse(text).state === 'complete') found.set(id, `${text} ${size} ${mtimeMs}`);
    }
    return found;
  }

  /** Both lists are whole whenever they are there, and call nothing proven that is not. */
  function expectLists(out: string): void {
    const results = join(out, 'results.csv');
    if (!existsSync(results)) return;
    const rows = parseCsv(readFileSync(results, 'utf8')).slice(1);
    expect(rows.map(([id]) => id)).toEqual(IDS);
    for (const [id, , status] of rows) if (status === 'proven') expect(finished(out).has(id!)).toBe(true);
    const lines = readFileSync(join(out, 'manifest.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(IDS);
  }
});

/** Lines of --json about items; checks of a verification may bear the same name. */
function itemsOf({ out }: Ended): { id: string; made: boolean; error?: string }[] {
  const whole = out.slice(0, out.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ type, name }) => type === 'fact' && name === 'item');
}

/** With --json an error is a line of the output. */
function withError(ended: Ended): Ended {
  return { ...ended, err: ended.err + ended.out };
}
