/**
 * What the crash campaigns have in common: the ways in which a process is struck, what it must say of it, and what must
 * not be there afterwards.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { newestCheckpoint } from '../../src/store/checkpoints.ts';
import { type Ended, foldProcess } from './processes.ts';

/**
 * kill: kill -9 at any moment; worker: a thread is ended; torn: kill -9 within the writing of a checkpoint; key: kill -9 within the
 * writing of the commitment key, which was taken out of the cache; disk: it is full when any file is written; the signals end a run
 * after its step and a checkpoint.
 */
export type Kind = 'kill' | 'worker' | 'torn' | 'key' | 'disk' | 'SIGTERM' | 'SIGINT';
export const KINDS: readonly Kind[] = ['kill', 'worker', 'torn', 'disk', 'SIGTERM', 'SIGINT'];
/** Bytes of the smallest commitment key, whichever it is. */
const KEY_BYTES = 2 ** 17 * 64;
const KEY_KIND = 'commitment-key';

/** A folder of a campaign, removed at its end. */
export function workspace(): (...parts: string[]) => string {
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-crash-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (...parts) => join(folder, ...parts);
}

export interface Campaign {
  readonly cache: string;
  /** Milliseconds of a whole run that nothing struck: the last one, for the machine may become slower or faster. */
  duration: number;
  /** Bytes within which the disk becomes full, or a checkpoint is torn. */
  readonly written: number;
}

/** Runs `fold`, which meets one fault at a moment chosen by `at` in [0, 1). It may well end before. */
export function struck(kind: Kind, args: readonly string[], at: number, campaign: Campaign): Promise<Ended> {
  const { cache, duration, written } = campaign;
  const after = Math.round(duration * at);
  if (kind === 'kill') return foldProcess(args, { cache, kill: { signal: 'SIGKILL', after } });
  if (kind === 'SIGTERM' || kind === 'SIGINT')
    return foldProcess(args, { cache, kill: { signal: kind, after: Math.max(after, 0.4 * duration) } });
  if (kind === 'key') {
    rmSync(join(cache, KEY_KIND), { recursive: true, force: true });
    return foldProcess(args, { cache, fault: `torn ${Math.round(KEY_BYTES * at)} ${KEY_KIND}` });
  }
  return foldProcess(args, { cache, fault: `${kind} ${kind === 'worker' ? after : Math.round(written * at)}` });
}

/** What ends a run says so with the code that belongs to it. `worker` is what the death of a thread gives. */
export function expectHonest(kind: Kind, { code, err }: Ended, worker: number): void {
  if (kind === 'kill' || kind === 'torn' || kind === 'key') expect(code).toBeNull();
  if (kind === 'disk') expect([code, err.includes('E_DISK')]).toEqual([4, true]);
  if (kind === 'worker') expect([code, err]).toEqual([worker, err]);
  // before it listens to signals, they end it as they end any process
  if (kind === 'SIGTERM') expect([143, null]).toContain(code);
  if (kind === 'SIGINT') expect([130, null]).toContain(code);
}

/** The newest checkpoint is whole, always: no damaged file has the name of a good one. */
export async function expectNothingDamaged(run: string): Promise<void> {
  const newest = existsSync(run) ? await newestCheckpoint(run) : undefined;
  expect(newest?.damaged ?? []).toEqual([]);
}

/** The statement of a run that is complete. */
export function statementIn(run: string): unknown {
  const record = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8'));
  expect(record.state).toBe('complete');
  return record.statement;
}

/** Half-written files, locks and records that a finished run must not have. */
export function leftovers(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.tmp') || name.includes('.lock') || name.includes('resume.json'));
}

/** How the processes ended, for those who read the output. */
export class Tally {
  readonly kinds = new Set<Kind>();
  readonly told: Record<string, number> = {};

  add(kind: Kind, { code }: Ended): void {
    this.kinds.add(kind);
    const how = code === null ? `${kind}: ended by the signal` : `${kind}: exit ${code}`;
    this.told[how] = (this.told[how] ?? 0) + 1;
  }
}
