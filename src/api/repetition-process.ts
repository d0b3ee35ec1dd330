/** Runs a repetition in a fresh process, which gives all its memory back and whose peak is its own. */
import { type ErrorCode, FoldError } from '../errors.ts';
import type { EventListener, ProgressEvent } from '../events.ts';
import { runSubprocess } from '../pool/subprocess.ts';
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
export async function measureInSubprocess(asked: Asked, options: RepetitionOptions = {}): Promise<Measured> {
  const { signal, on, cacheFolder } = options;
  return runSubprocess<RepetitionReply, Measured>({
    ...{ entry: 'repetition', what: 'a repetition', request: asked, signal },
    env: cacheFolder === undefined ? undefined : { ...process.env, LAYERFOLD_CACHE_DIR: cacheFolder },
    onReply: (reply, resolve, reject) => {
      if (reply.type === 'event') on?.(reply.event);
      else if (reply.type === 'result') resolve(reply.value);
      else reject(new FoldError(reply.code, reply.message, given(reply.facts)));
    },
  });
}

function given({ expected, got, hint }: Facts) {
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(got === undefined ? {} : { got }),
    ...(hint === undefined ? {} : { hint }),
  };
}
