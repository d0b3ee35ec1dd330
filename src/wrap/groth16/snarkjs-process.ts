/**
 * snarkjs in a process of its own. It cannot live in a worker thread (it takes over workerData) and would block the
 * main one; a process can be ended at any moment, and gives all its memory back.
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FoldError, throwIfAborted } from '../../errors.ts';
import type { SnarkjsReply, SnarkjsRequest, SnarkjsResults } from './snarkjs-messages.ts';

export interface SnarkjsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Lines of snarkjs' log: what it is doing. */
  readonly on?: ((line: string) => void) | undefined;
}

/**
 * Runs one call of snarkjs.
 * @throws E_ABORTED; E_MEMORY when the process was killed or could not allocate; E_DISK; E_FILE; E_KEY for what snarkjs refuses
 */
export async function runSnarkjs<N extends keyof SnarkjsResults>(
  request: Extract<SnarkjsRequest, { readonly verb: N }>,
  { signal, on }: SnarkjsOptions,
): Promise<SnarkjsResults[N]> {
  throwIfAborted(signal);
  const built = import.meta.url.endsWith('.js');
  const entry = fileURLToPath(new URL(`../../../workers/snarkjs.${built ? 'js' : 'ts'}`, import.meta.url));
  const child = fork(entry, [], {
    execArgv: built ? [] : ['--import', loaderOfSources()],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  try {
    return await new Promise<SnarkjsResults[N]>((resolve, reject) => {
      child.on('message', (reply: SnarkjsReply) => {
        if (reply.type === 'log') on?.(reply.line);
        else if (reply.type === 'result') resolve(reply.value as SnarkjsResults[N]);
        else reject(failure(reply.message));
      });
      child.on('error', (cause) => {
        reject(
          new FoldError('E_WORKER', 'The process of snarkjs could not be started.', { got: cause.message, cause }),
        );
      });
      child.on('exit', (code, name) => reject(death(code, name, errors)));
      child.send(request);
    });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
  }
}

/** tsx as a URL: by its name it would be looked for from the folder in which the command runs. */
function loaderOfSources(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}

const MEMORY = /allocat|out of memory|heap limit|ENOMEM|Cannot grow|RangeError.*(Array|buffer|memory)/i;
const HINT = 'Close other programs, raise the memory limit, or choose fewer layers per step: fold inspect';

function failure(message: string): FoldError {
  if (/ENOSPC|EDQUOT/.test(message))
    return new FoldError('E_DISK', 'snarkjs could not write its file.', { got: message, hint: 'df -h' });
  if (/ENOENT|EACCES|EISDIR/.test(message))
    return new FoldError('E_FILE', 'snarkjs cannot open a file.', { expected: 'a readable file', got: message });
  if (MEMORY.test(message))
    return new FoldError('E_MEMORY', 'snarkjs ran out of memory.', { got: message, hint: HINT });
  return new FoldError('E_KEY', 'snarkjs refused.', { expected: 'files that belong together', got: message });
}

function death(code: number | null, signal: string | null, errors: string): FoldError {
  // the kernel ends a process that takes too much memory with SIGKILL; V8 ends itself with SIGABRT
  if (signal === 'SIGKILL' || signal === 'SIGABRT' || MEMORY.test(errors))
    return new FoldError('E_MEMORY', 'The process of snarkjs was ended: most likely it ran out of memory.', {
      got: signal ?? `exit code ${code}`,
      hint: HINT,
    });
  const lines = errors.trim().split('\n');
  const got = lines.find((line) => /Error/.test(line)) ?? (lines.at(-1) || `exit code ${code}`);
  return new FoldError('E_WORKER', 'The process of snarkjs ended without a result.', { got });
}
