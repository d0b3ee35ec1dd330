/** Entry of the command line: one verb, its errors as text, its exit code, and what interrupts it. */

import { setProgram } from '../command.ts';
import { type ErrorCode, FoldError } from '../errors.ts';
import { type Mode, Reporter, type Streams } from '../show/reporter.ts';
import { cacheFolder, onCacheFailure } from '../store/cache.ts';
import { diskError } from '../store/disk-error.ts';
import { checkMeaning } from './meaning.ts';
import { type Invocation, parseArguments } from './program.ts';
import { programName } from './program-name.ts';
import { type EventStream, openStream } from './stream/stream.ts';
import { version } from './version.ts';

const REPORT_HINT = 'This is a bug of layerfold. Please report it with the command and the output of --debug.';
/** Exit codes of interrupted runs: 128 and the number of the signal. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;
type SignalName = keyof typeof SIGNAL_EXIT;
const SIGNALS = Object.keys(SIGNAL_EXIT) as readonly SignalName[];
/** Milliseconds that a run has for its last step and checkpoint before it is stopped: service managers kill after 30 s. */
const PATIENCE = 25_000;

const streams: Streams = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  columns: () => process.stderr.columns || 100,
  now: () => performance.now(),
};

/** Runs the command line on this process and sets its exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that went away (fold inspect | head) is no failure, nor is a terminal that was closed: SIGHUP tells of that.
  let closed = false;
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EIO') closed = true;
      else if (error.code !== 'EPIPE') throw error;
    });
  const { CI, TERM } = process.env;
  // a dumb terminal shows codes that move the cursor as they are
  const terminal = process.stderr.isTTY === true && CI === undefined && TERM !== 'dumb';
  setProgram(programName(process.argv[1] ?? 'fold', process.env));
  const interruption = listenToSignals();
  try {
    process.exitCode = await execute(argv, { streams, terminal, env: process.env, ...interruption });
  } finally {
    interruption.close();
  }
  // Node aborts when it cannot give a terminal back its settings; a signal is how programs end whose terminal is gone
  if (closed) process.kill(process.pid, 'SIGHUP');
}

export interface Surroundings {
  readonly streams: Streams;
  /** Whether progress may renew its line. */
  readonly terminal: boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Of an interrupted run. */
  readonly interruptedCode: () => number;
}

/** Runs the command line and returns its exit code; errors are told, never thrown. */
export async function execute(argv: readonly string[], around: Surroundings): Promise<number> {
  const { streams, env, signal } = around;
  let report = new Reporter(argv.includes('--json') ? 'json' : 'lines', streams);
  signal.addEventListener('abort', () => report.warn('Stopping after this step. Once more to stop at once.'));
  let stream: EventStream | undefined;
  const failed = (thrown: unknown): End => {
    const error = asFoldError(thrown);
    const exitCode = error.code === 'E_ABORTED' ? around.interruptedCode() : error.exitCode;
    report.error(error, exitCode, argv.includes('--debug') ? stackOf(thrown) : undefined);
    return { exitCode, code: error.code };
  };
  const run = async (): Promise<End> => {
    const invocation = parseArguments(argv, version(), streams.out);
    if (!invocation) return { exitCode: 0 };
    const { verb, options, argument, more } = invocation;
    const mode = modeOf(invocation, around.terminal);
    report = new Reporter(mode, streams);
    if (options.stream) {
      stream = await openStream(options.stream);
      report = new Reporter(mode, streams, { line: stream.add });
      report.fact('stream', stream.told.data, stream.told.lines);
    }
    const context = { options, argument, more, report, signal, env };
    await checkMeaning(verb, context);
    return { exitCode: await verb.run(context) };
  };
  let told = false;
  onCacheFailure((error) => {
    if (told) return;
    told = true;
    report.caution('cache', ...cacheWords(error));
  });
  const { exitCode, code } = await run().catch(failed);
  onCacheFailure(undefined);
  await stream?.close(exitCode, code);
  return exitCode;
}

/** That nothing is kept, for --json and in words. */
function cacheWords({ code, message, got = '', hint = '' }: FoldError) {
  const folder = cacheFolder();
  const data = { folder, error: { code, message, got, hint } };
  return [
    data,
    `warning: nothing is kept in ${folder} (${got}): what is missing is made again each time. ${hint}`,
  ] as const;
}

/** How a command ended; `code` of its error. */
interface End {
  readonly exitCode: number;
  readonly code?: ErrorCode;
}

function modeOf({ options }: Invocation, terminal: boolean): Mode {
  if (options.json) return 'json';
  if (options.quiet) return 'quiet';
  return terminal ? 'live' : 'lines';
}

/** The first signal asks for an orderly end, the second ends the process; so does time, except for a person who waits. */
function listenToSignals() {
  const controller = new AbortController();
  let exitCode: number = SIGNAL_EXIT.SIGINT;
  let timer: NodeJS.Timeout | undefined;
  const listener = (name: SignalName): void => {
    exitCode = SIGNAL_EXIT[name];
    if (controller.signal.aborted) process.exit(exitCode);
    if (name !== 'SIGINT') timer = setTimeout(() => process.exit(exitCode), PATIENCE);
    controller.abort(new Error(name));
  };
  for (const name of SIGNALS) process.on(name, listener);
  return {
    signal: controller.signal,
    interruptedCode: () => exitCode,
    close: () => {
      clearTimeout(timer);
      for (const name of SIGNALS) process.off(name, listener);
    },
  };
}

function asFoldError(thrown: unknown): FoldError {
  if (thrown instanceof FoldError) return thrown;
  // what the system refuses is no bug of ours; a file that is not there may well be
  if (isSystemError(thrown) && thrown.code !== 'ENOENT') return diskError(thrown, thrown.path);
  const got = thrown instanceof Error ? thrown.message : String(thrown);
  return new FoldError('E_BUG', 'Something happened that must not happen.', { got, hint: REPORT_HINT, cause: thrown });
}

function isSystemError(thrown: unknown): thrown is { readonly code: string; readonly path: string } {
  return thrown instanceof Error && 'syscall' in thrown && 'path' in thrown && typeof thrown.path === 'string';
}

function stackOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const cause = stackOf(thrown.cause);
  return cause ? `${thrown.stack}\ncaused by ${cause}` : thrown.stack;
}
