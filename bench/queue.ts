/**
 * What a queue costs: a batch of digits512 by two workers of one thread each, against the same batch by one process with two threads, in
 * turns. All are processes of the built program, the workers started and warm before; what is measured is the whole command
 * `fold batch`, by the clock, and as processor time of all these processes and of a Redis server of this machine (Linux only), which
 * other programs disturb less.
 *
 *     redis-server --port 6390 --save '' &
 *     LAYERFOLD_BENCH_REDIS=redis://127.0.0.1:6390 npm run bench -- queue --rounds 3
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { loadModel } from '../src/api/load.ts';
import { invariant } from '../src/errors.ts';
import { type BenchOptions, compare } from './measure.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/fold.js', import.meta.url));
const LAYERS = '128';
const ITEMS = 8;
const THREADS = 2;

export async function queue({ rounds, report }: BenchOptions): Promise<void> {
  const redis = process.env.LAYERFOLD_BENCH_REDIS;
  invariant(redis, 'LAYERFOLD_BENCH_REDIS names a server that runs');
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-bench-queue-'));
  const there = ['--redis', redis, '--store', join(folder, 'store')];
  const workers = Array.from({ length: THREADS }, () => start(['worker', ...there, '--workers', '1', '--quiet']));
  const { sample } = await loadModel({ network: 'digits512' });
  let batches = 0;
  /** Other inputs each time: what was proven is not proven again. */
  const batch = async (...how: string[]): Promise<void> => {
    const name = join(folder, `batch-${batches++}`);
    const line = (k: number): string => {
      const n = ITEMS * batches + k;
      // other integers too: equal inputs are one job
      const flipped = [n % sample!.data.length, Math.floor(n / sample!.data.length)];
      return JSON.stringify({
        id: `${k}`,
        input_data: [[...sample!.data].map((x, i) => (flipped.includes(i) ? 1 - x : x))],
      });
    };
    writeFileSync(`${name}.jsonl`, Array.from({ length: ITEMS }, (_, k) => line(k)).join('\n'));
    const words = ['batch', '--network', 'digits512', '--layers', LAYERS, `${name}.jsonl`, '--no-wrap', '--quiet'];
    const [code] = await once(start([...words, '--out', name, ...how]), 'close');
    invariant(code === 0, 'the batch is proven');
  };
  try {
    const contenders = [
      { name: 'one-process', run: () => batch('--workers', String(THREADS)) },
      { name: 'two-workers', run: () => batch('--workers', '1', ...there) },
    ];
    const all = [...workers.map(({ pid }) => pid!), ...(await serverOf(redis))];
    const clocks = [
      { name: 'clock', now: () => performance.now() },
      // of commands that have ended, and of what goes on
      { name: 'processor', now: () => ofEnded() + all.reduce((sum, pid) => sum + ofProcess(pid), 0) },
    ];
    report(await compare(`queue.${ITEMS}-items`, contenders, rounds, { scale: 1e-3, unit: 's', warmUp: 1, clocks }));
  } finally {
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map((worker) => worker.exitCode ?? once(worker, 'close')));
    rmSync(folder, { recursive: true });
  }
}

/** The process of a server on this machine; none where it is another's. */
async function serverOf(url: string): Promise<number[]> {
  const redis = new Redis(url);
  try {
    const pid = Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
    return existsSync(`/proc/${pid}/stat`) ? [pid] : [];
  } finally {
    redis.disconnect();
  }
}

/** Milliseconds of processor time, from fields of /proc/PID/stat in hundredths of a second (man 5 proc). */
function processor(pid: number | 'self', fields: readonly number[]): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // after the name, which may have spaces
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * fields.reduce((sum, field) => sum + Number(words[field - 3]), 0);
}
/** utime, stime */
const ofProcess = (pid: number): number => processor(pid, [14, 15]);
/** cutime, cstime */
const ofEnded = (): number => processor('self', [16, 17]);

const start = (words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [LAUNCHER, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
