/** Entry of the command line: one verb, its errors as text, its exit code, and what interrupts it. */
import { readFileSync } from 'node:fs';
import { FoldError } from '../errors.ts';
import { packageRoot } from '../ir/networks.ts';
import { type Invocation, parseArguments } from './program.ts';
import { type Mode, Reporter, type Streams } from './reporter.ts';

const REPORT_HINT = 'This is a bug of layerfold. Please report it with the command and the output of --debug.';
/** Exit codes of interrupted runs: 128 and the number of the signal. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

const streams: Streams = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  columns: () => process.stderr.columns ?? 100,
  now: () => performance.now(),
};

/** Runs the command line and sets the exit code of the process. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader that went away (fold inspect | head) is no failure.
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  let report = new Reporter(argv.includes('--json') ? 'json' : 'lines', streams);
  const interruption = listenToSignals(() => report.warn('Stopping after this step. Once more to stop at once.'));
  try {
    const invocation = parseArguments(argv, version());
    if (!invocation) return;
    report = new Reporter(modeOf(invocation), streams);
    const { verb, options, argument } = invocation;
    const { signal } = interruption;
    process.exitCode = await verb.run({ options, argument, report, signal, env: process.env });
  } catch (thrown) {
    const error = asFoldError(thrown);
    report.error(error, argv.includes('--debug') ? stackOf(thrown) : undefined);
    process.exitCode = error.code === 'E_ABORTED' ? interruption.exitCode() : error.exitCode;
  } finally {
    interruption.close();
  }
}

function modeOf({ options }: Invocation): Mode {
  if (options.json) return 'json';
  if (options.quiet) return 'quiet';
  return process.stderr.isTTY === true && process.env.CI === undefined ? 'live' : 'lines';
}

/** The first signal asks for an orderly end, the second ends the process. */
function listenToSignals(onFirst: () => void) {
  const controller = new AbortController();
  let exitCode: number = SIGNAL_EXIT.SIGINT;
  const listener = (name: 'SIGINT' | 'SIGTERM'): void => {
    exitCode = SIGNAL_EXIT[name];
    if (controller.signal.aborted) process.exit(exitCode);
    onFirst();
    controller.abort(new Error(name));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, listener);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    close: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, listener);
    },
  };
}

function asFoldError(thrown: unknown): FoldError {
  if (thrown instanceof FoldError) return thrown;
  const got = thrown instanceof Error ? thrown.message : String(thrown);
  return new FoldError('E_BUG', 'Something happened that must not happen.', { got, hint: REPORT_HINT, cause: thrown });
}

function stackOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const cause = stackOf(thrown.cause);
  return cause ? `${thrown.stack}\ncaused by ${cause}` : thrown.stack;
}

function version(): string {
  return JSON.parse(readFileSync(`${packageRoot()}/package.json`, 'utf8')).version;
}
