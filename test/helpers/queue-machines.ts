/** Workers and batches of a queue as processes of their own, which a test may kill, stop and end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { JobQueue, type QueueJob } from '../../src/queue/connection.ts';
import { LAUNCHER } from './processes.ts';

export interface Machines {
  readonly redis: string;
  readonly store: string;
  readonly cache: string;
  /** Seconds after which a worker that is not heard of has lost its job. */
  readonly lock?: number;
}

/** A process of `fold`, with what it has said so far. */
export class Running {
  readonly process: ChildProcess;
  readonly code: Promise<number | null>;
  out = '';

  constructor(args: readonly string[], { cache, lock = 3 }: Machines) {
    const env = { ...process.env, LAYERFOLD_CACHE_DIR: cache, LAYERFOLD_QUEUE_LOCK: String(lock) };
    this.process = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.process.stdout!, this.process.stderr!])
      stream.on('data', (text: Buffer) => {
        this.out += text.toString();
      });
    this.code = once(this.process, 'close').then(([code]) => code as number | null);
  }

  /** Until it has said something that matches. */
  async said(pattern: RegExp, patience = 120_000): Promise<void> {
    const end = performance.now() + patience;
    while (!pattern.test(this.out)) {
      if (this.process.exitCode !== null || performance.now() > end)
        throw new Error(`it never said ${pattern}:\n${this.out.slice(-3000)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.process.kill(signal);
  }

  /** Lines of --json. */
  get lines(): { readonly type: string; readonly name?: string; readonly [field: string]: unknown }[] {
    const whole = this.out.slice(0, this.out.lastIndexOf('\n') + 1).split('\n');
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }
}

export const worker = (machines: Machines, ...more: readonly string[]): Running =>
  new Running(
    ['worker', '--redis', machines.redis, '--store', machines.store, '--workers', '1', '--json', ...more],
    machines,
  );

/** Jobs that ended, as the queue has them. */
export async function finishedJobs({ redis }: Machines): Promise<QueueJob[]> {
  const queue = await JobQueue.open(redis, process.env);
  try {
    return await queue.queue.getJobs(['completed', 'failed']);
  } finally {
    await queue.close();
  }
}
