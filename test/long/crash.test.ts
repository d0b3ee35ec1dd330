/**
 * The crash campaign: a run is killed again and again at random moments, in every way that a machine has, and resumed each
 * time until it ends. Whatever happened, the proof verifies and states what an uninterrupted run states, and no file ever
 * looks whole that is not. LAYERFOLD_CRASHES sets the number of kills (50).
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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
import { foldProcess } from '../helpers/processes.ts';

const KILLS = Number(process.env.LAYERFOLD_CRASHES ?? 50);
const LAYERS = 24;
/** So many kills meet every kind: one is missed with a probability below 0.001. */
const ENOUGH = 50;

const path = workspace();
const cache = path('cache');

describe('the crash campaign', () => {
  let prove: readonly string[] = [];
  let whole: unknown;
  let campaign: Campaign;

  beforeAll(async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
    prove = ['prove', path('model.onnx'), '--input', path('input.json'), '--insecure-dev', '--no-wrap'];
    prove = [...prove, '--layers-per-step', '1', '--workers', '2', '--checkpoint-every', '2'];
    expect(await foldProcess([...prove, '--out', path('first')], { cache })).toMatchObject({ code: 0 });
    const unstruck = await foldProcess([...prove, '--out', path('whole')], { cache });
    expect(unstruck).toMatchObject({ code: 0 });
    // twelve checkpoints and the proof, of about 1.1 MB each
    campaign = { cache, duration: unstruck.took, written: 14.5e6 };
    whole = statementIn(path('whole'));
  });

  it(`of ${KILLS} kills ends every run in a proof that verifies, with the same statement`, async () => {
    const random = seeded(2026);
    const tally = new Tally();
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      const out = path(`run-${run}`);
      for (let sitting = 0; ; sitting++) {
        const resumable = existsSync(join(out, 'private', 'resume.json'));
        const args = resumable ? ['resume', out, '--workers', '2'] : [...prove, '--out', out];
        const spared = kills >= KILLS || sitting >= 6;
        const kind = KINDS[Math.floor(random() * KINDS.length)]!;
        const ended = await (spared ? foldProcess(args, { cache }) : struck(kind, args, random(), campaign));
        if (ended.code === 0 && sitting === 0) campaign.duration = ended.took;
        if (ended.code === 0) break;
        expect({ spared, ended }).toMatchObject({ spared: false });
        kills++;
        tally.add(kind, ended);
        expectHonest(kind, ended, 4);
        if (kind === 'worker') expect(ended.err).toContain('error E_WORKER');
        // only what follows a complete run, its events, may have met the full disk
        if (stateOf(out) === 'complete') expect([kind, statementIn(out)]).toEqual(['disk', whole]);
        await expectNothingDamaged(out);
      }
      expect(statementIn(out)).toEqual(whole);
      const { modelDigest } = whole as { modelDigest: string };
      expect(await foldProcess(['verify', out, '--model-digest', modelDigest], { cache })).toMatchObject({ code: 0 });
      expect(leftovers(out)).toEqual([]);
      rmSync(out, { recursive: true });
    }
    if (KILLS >= ENOUGH) expect(tally.kinds.size).toBe(KINDS.length);
    console.info(`crash campaign: ${kills} kills, a run takes ${(campaign.duration / 1000).toFixed(1)} s`, tally.told);
  });
});

function stateOf(out: string): string | undefined {
  const record = join(out, 'run.json');
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).state : undefined;
}
