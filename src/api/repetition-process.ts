/** Runs a repetition in a fresh process, which gives all its memory back and whose peak is its own. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, FoldError, throwIfAborted } from '../errors.ts';
import type { EventListener, ProgressEvent } from '../events.ts';
import type { Asked, Measured } from './repetition.ts';

/** What the process (workers/repetition.ts) sends. */
export type RepetitionReply =
  | { readonly type: 'event'; readonly event: ProgressEvent }
  | { readonly type: 'result'; readonly value: Measured }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string; readonly facts: Facts };

type Facts = Pick<FoldError, 'expected' | 'got' | 'hint'>;

export interface RepetitionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
  /** Replaces LAYERFOLD_CACHE_DIR in the process. */
  readonly cacheFolder?: string | undefined;
}

/**
 * @throws what the repetition throws; E_ABORTED at once when the signal fires; E_MEMORY or E_WORKER for a process that ended
 *   without a result
 */
export async function measureApart(asked: Asked, options: RepetitionOptions = {}): Promise<Measured> {
  const { signal, on, cacheFolder } = options;
  throwIfAborted(signal);
  const built = import.meta.url.endsWith('.js');
  const entry = fileURLToPath(new URL(`../../workers/repetition.${built ? 'js' : 'ts'}`, import.meta.url));
  const child = fork(entry, [], {
    execArgv: built ? [] : ['--import', 'tsx'],
    env: cacheFolder === undefined ? process.env : { ...process.env, LAYERFOLD_CACHE_DIR: cacheFolder },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    return await new Promise<Measured>((resolve, reject) => {
      child.on('message', (reply: RepetitionReply) => {
        if (reply.type === 'event') on?.(reply.event);
        else if (reply.type === 'result') resolve(reply.value);
        else reject(new FoldError(reply.code, reply.message, given(reply.facts)));
      });
      child.on('error', (cause) => {
        reject(new FoldError('E_WORKER', 'The process of a repetition could not be started.', { cause }));
      });
      child.on('exit', (code, name) => reject(death(code, name)));
      child.send(asked);
    });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

function given({ expected, got, hint }: Facts) {
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
    ...(hint === undefined ? {} : { hint }),
  };
}

function death(code: number | null, signal: string | null): FoldError {
  // the kernel ends a process that takes too much memory with SIGKILL; V8 ends itself with SIGABRT
  if (signal === 'SIGKILL' || signal === 'SIGABRT')
    return new FoldError('E_MEMORY', 'The process of a repetition was ended: most likely it ran out of memory.', {
      got: signal,
    });
  return new FoldError('E_WORKER', 'The process of a repetition ended without a result.', {
    got: signal ?? `exit code ${code}`,
  });
}
