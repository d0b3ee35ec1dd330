/**
 * Work in a process of its own: it may be ended at any moment, gives all its memory back, and its peak is its own. The entry is
 * a file of workers/; it takes one request, sends replies, and is killed when the answer is there.
 */
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FoldError, throwIfAborted } from '../errors.ts';

export interface SubprocessJob<Reply, Result> {
  /** Name of the file in workers/, without its ending. */
  readonly entry: string;
  /** What is done there, for people: "snarkjs", "a repetition". */
  readonly what: string;
  readonly request: object;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly hint?: string | undefined;
  /** Takes every reply; ends the work with `resolve` or `reject`. */
  readonly onReply: (reply: Reply, resolve: (result: Result) => void, reject: (error: FoldError) => void) => void;
}

/** What a program says of itself when there is not enough memory. */
export const OUT_OF_MEMORY = /allocat|out of memory|heap limit|ENOMEM|Cannot grow|RangeError.*(Array|buffer|memory)/i;

/**
 * @throws what `onReply` rejects with; E_ABORTED at once when the signal fires; E_MEMORY for a process that was killed or
 *   could not allocate; E_WORKER for any other that ended without a result
 */
export async function runSubprocess<Reply, Result>(job: SubprocessJob<Reply, Result>): Promise<Result> {
  const { entry, what, request, env, signal, onReply } = job;
  throwIfAborted(signal);
  const built = import.meta.url.endsWith('.js');
  const path = fileURLToPath(new URL(`../../workers/${entry}.${built ? 'js' : 'ts'}`, import.meta.url));
  const child = fork(path, [], {
    execArgv: built ? [] : ['--import', loaderOfSources()],
    serialization: 'advanced',
    ...(env && { env }),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  let errors = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  try {
    return await new Promise<Result>((resolve, reject) => {
      child.on('message', (reply) => onReply(reply as Reply, resolve, reject));
      child.on('error', (cause) => {
        reject(
          new FoldError('E_WORKER', `The process of ${what} could not be started.`, {
            got: cause.message,
            hint: AGAIN,
            cause,
          }),
        );
      });
      child.on('exit', (code, name) => reject(death(job, code, name, errors)));
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

const AGAIN = 'Run it again; if it ends so every time, please report it with the output of --debug.';

function death(
  { what, hint }: Pick<SubprocessJob<never, never>, 'what' | 'hint'>,
  code: number | null,
  signal: string | null,
  errors: string,
): FoldError {
  // the kernel ends a process that takes too much memory with SIGKILL; V8 ends itself with SIGABRT
  if (signal === 'SIGKILL' || signal === 'SIGABRT' || OUT_OF_MEMORY.test(errors))
    return new FoldError('E_MEMORY', `The process of ${what} was ended: most likely it ran out of memory.`, {
      got: signal ?? `exit code ${code}`,
      ...(hint && { hint }),
    });
  const lines = errors.trim().split('\n');
  const got = lines.find((line) => /Error/.test(line)) ?? (lines.at(-1) || signal || `exit code ${code}`);
  return new FoldError('E_WORKER', `The process of ${what} ended without a result.`, { got, hint: AGAIN });
}
