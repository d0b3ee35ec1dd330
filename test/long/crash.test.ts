/**
 * The crash campaign: a run is killed again and again at random moments, in every way that a machine has, and resumed each
 * time until it ends. Whatever happened, the proof verifies and states what an uninterrupted run states, and no file ever
 * looks whole that is not. LAYERFOLD_CRASHES sets the number of kills (50).
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newestCheckpoint } from '../../src/store/checkpoints.ts';
import { randomChain, seeded } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';

const KILLS = Number(process.env.LAYERFOLD_CRASHES ?? 50);
const LAYERS = 24;
const root = fileURLToPath(new URL('../..', import.meta.url));
const faults = join(root, 'test/helpers/faults.mjs');

const KINDS = ['kill', 'kill', 'worker', 'torn', 'disk', 'SIGTERM'] as const;
type Kind = (typeof KINDS)[number];

interface Ended {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly err: string;
}

const folder = mkdtempSync(join(tmpdir(), 'layerfold-crash-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = (...parts: string[]): string => join(folder, ...parts);

/** Runs the command line as a process of its own; `kill` may end it. */
function fold(
  args: readonly string[],
  fault: string,
  kill?: { readonly signal: NodeJS.Signals; readonly after: number },
) {
  const env = { ...process.env, LAYERFOLD_CACHE_DIR: path('cache'), LAYERFOLD_FAULT: fault };
  const child = spawn(process.execPath, ['--import', faults, join(root, 'bin/fold.js'), ...args], { env });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdout.resume();
  const timer = kill && setTimeout(() => child.kill(kill.signal), kill.after);
  return new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, err });
    });
  });
}

function statement(run: string): unknown {
  const record = JSON.parse(readFileSync(path(run, 'run.json'), 'utf8'));
  expect(record.state).toBe('complete');
  return record.statement;
}

describe('the crash campaign', () => {
  let prove: readonly string[] = [];
  let whole: unknown;
  /** Milliseconds of an uninterrupted run. */
  let duration = 0;

  beforeAll(async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
    prove = ['prove', path('model.onnx'), '--input', path('input.json'), '--insecure-dev', '--no-wrap'];
    prove = [...prove, '--layers-per-step', '1', '--workers', '2', '--checkpoint-every', '2'];
    expect(await fold([...prove, '--out', path('first')], '')).toMatchObject({ code: 0 });
    const start = performance.now();
    expect(await fold([...prove, '--out', path('whole')], '')).toMatchObject({ code: 0 });
    duration = performance.now() - start;
    whole = statement('whole');
  });

  it(`of ${KILLS} kills ends every run in a proof that verifies, with the same statement`, async () => {
    const random = seeded(2026);
    const told: Record<string, number> = {};
    let kills = 0;
    for (let run = 0; kills < KILLS; run++) {
      const name = `run-${run}`;
      const out = path(name);
      for (let sitting = 0; ; sitting++) {
        const resumable = existsSync(join(out, 'private', 'resume.json'));
        const args = resumable ? ['resume', out, '--workers', '2'] : [...prove, '--out', out];
        const spared = kills >= KILLS || sitting >= 6;
        const kind = KINDS[Math.floor(random() * KINDS.length)]!;
        const ended = await (spared ? fold(args, '') : struck(kind, args, random()));
        if (ended.code === 0) break;
        expect({ spared, ended }).toMatchObject({ spared: false });
        kills++;
        const how = ended.code === null ? `${kind}: ended by the signal` : `${kind}: exit ${ended.code}`;
        told[how] = (told[how] ?? 0) + 1;
        expectHonest(kind, ended, out);
        // the newest checkpoint is whole, always: no damaged file has the name of a good one
        const newest = existsSync(out) ? await newestCheckpoint(out) : undefined;
        expect(newest?.damaged ?? []).toEqual([]);
      }
      expect(statement(name)).toEqual(whole);
      const { modelDigest } = whole as { modelDigest: string };
      expect(await fold(['verify', out, '--model-digest', modelDigest], '')).toMatchObject({ code: 0 });
      expect(leftovers(out)).toEqual([]);
      rmSync(out, { recursive: true });
    }
    console.info(`crash campaign: ${kills} kills, one run takes ${(duration / 1000).toFixed(1)} s`, told);
  });

  /** A run that meets one fault at a moment chosen by `at` in [0, 1). */
  function struck(kind: Kind, args: readonly string[], at: number): Promise<Ended> {
    const after = Math.round(duration * at);
    if (kind === 'kill') return fold(args, '', { signal: 'SIGKILL', after });
    if (kind === 'SIGTERM') return fold(args, '', { signal: 'SIGTERM', after: Math.max(after, 2000) });
    // in bytes: somewhere in the first eight checkpoints
    return fold(args, `${kind} ${kind === 'worker' ? after : Math.round(8e6 * at)}`);
  }

  /** What ends a run says so with the code that belongs to it. */
  function expectHonest(kind: Kind, { code, err }: Ended, out: string): void {
    if (kind === 'kill' || kind === 'torn') expect(code).toBeNull();
    if (kind === 'disk') expect([code, err.includes('E_DISK')]).toEqual([4, true]);
    if (kind === 'worker') expect([code, err.includes('error E_WORKER'), err]).toEqual([4, true, err]);
    if (kind === 'SIGTERM') expect(code).toBe(143);
    if (existsSync(join(out, 'run.json')))
      expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).state).not.toBe('complete');
  }
});

/** Half-written files, locks and records that a finished run must not have. */
function leftovers(out: string): string[] {
  return readdirSync(out, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tmp') || name.includes('.lock') || name.includes('resume.json'));
}
