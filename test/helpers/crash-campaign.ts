/**
 * The crash campaign of a single run: it is struck again and again at random moments and resumed each time until it ends. Whatever
 * happened, the proof verifies and states what an uninterrupted run states, and no file ever looks whole that is not.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomChain, seeded } from './chains.ts';
import {
  type Campaign,
  expectHonest,
  expectNothingDamaged,
  type Kind,
  leftovers,
  statementIn,
  struck,
  Tally,
  workspace,
} from './crashes.ts';
import { writeOnnx } from './onnx.ts';
import { foldProcess } from './processes.ts';

export interface CampaignSpec {
  /** Layers of its network, a chain. */
  readonly layers: number;
  /** Words of `fold prove` that say how the network is folded. */
  readonly how: readonly string[];
  /** Faults, each as likely as it is often here. */
  readonly kinds: readonly Kind[];
  readonly kills: number;
  /** So many kills meet every kind. */
  readonly enough: number;
  readonly seed: number;
  /** Bytes that a run writes, checkpoints and proof. */
  readonly written: number;
}

/** The tests of a campaign, under the development key and with a checkpoint every second step. */
export function crashCampaign(name: string, { layers, how, kills, enough, written, ...spec }: CampaignSpec): void {
  const path = workspace();
  const cache = path('cache');
  describe(name, () => {
    let runs: StruckRuns;

    beforeAll(async () => {
      const { graph, input } = randomChain(3, { kind: 'dense', layers });
      writeFileSync(path('model.onnx'), writeOnnx(graph));
      writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
      const words = ['prove', path('model.onnx'), '--input', path('input.json'), '--insecure-dev', '--no-wrap', ...how];
      const prove = [...words, '--workers', '2', '--checkpoint-every', '2'];
      const { took, whole } = await unstruck({ path, prove }, cache);
      runs = { prove, path, kills, ...spec, campaign: { cache, duration: took, written }, whole };
    });

    it(`of ${kills} kills ends every run in a proof that verifies, with the same statement`, async () => {
      const tally = await strikeRuns(runs);
      if (kills >= enough) expect(tally.kinds.size).toBe(new Set(spec.kinds).size);
      console.info(`${name}: ${kills} kills, a run takes ${(runs.campaign.duration / 1000).toFixed(1)} s`, tally.told);
    });
  });
}

interface StruckRuns {
  /** `fold prove`, without --out. Two of its runs were unstruck: the first one filled the cache. */
  readonly prove: readonly string[];
  /** Where the runs are made, each in a folder of its own. */
  readonly path: (...parts: string[]) => string;
  readonly kinds: readonly Kind[];
  readonly kills: number;
  readonly seed: number;
  readonly campaign: Campaign;
  /** What an uninterrupted run states. */
  readonly whole: unknown;
}

/** A run that nothing strikes, of which the campaign learns how long one takes. The first one fills the cache. */
async function unstruck(
  { path, prove }: Pick<StruckRuns, 'path' | 'prove'>,
  cache: string,
): Promise<{ readonly took: number; readonly whole: unknown }> {
  expect(await foldProcess([...prove, '--out', path('first')], { cache })).toMatchObject({ code: 0 });
  const ended = await foldProcess([...prove, '--out', path('whole')], { cache });
  expect(ended).toMatchObject({ code: 0 });
  return { took: ended.took, whole: statementIn(path('whole')) };
}

/** Runs that meet `kills` faults between them, each struck at most six times. */
async function strikeRuns({ prove, path, kinds, kills, seed, campaign, whole }: StruckRuns): Promise<Tally> {
  const { cache } = campaign;
  const random = seeded(seed);
  const tally = new Tally();
  let met = 0;
  for (let run = 0; met < kills; run++) {
    const out = path(`run-${run}`);
    for (let sitting = 0; ; sitting++) {
      const resumable = existsSync(join(out, 'private', 'resume.json'));
      const args = resumable ? ['resume', out, '--workers', '2'] : [...prove, '--out', out];
      const spared = met >= kills || sitting >= 6;
      const kind = kinds[Math.floor(random() * kinds.length)]!;
      const ended = await (spared ? foldProcess(args, { cache }) : struck(kind, args, random(), campaign));
      if (ended.code === 0 && sitting === 0) campaign.duration = ended.took;
      if (ended.code === 0) break;
      expect({ spared, ended }).toMatchObject({ spared: false });
      met++;
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
  // what a killed process left of an entry goes when the next one is written
  for (const entry of readdirSync(cache, { recursive: true }).map(String))
    if (kinds.includes('key')) expect(entry).not.toMatch(/commitment-key\/.*\.tmp$/);
  return tally;
}

function stateOf(out: string): string | undefined {
  const record = join(out, 'run.json');
  return existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')).state : undefined;
}
