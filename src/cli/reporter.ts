/**
 * Where a verb's words go. Results and facts go to standard output, progress to standard error: as a line that renews
 * itself in a terminal, as at most one line per second elsewhere. With --json all of it is lines of JSON on standard
 * output; with --quiet only the result is left.
 */
import type { FoldError } from '../errors.ts';
import type { EventListener, ProgressEvent, StageName } from '../events.ts';
import { EventLog } from '../store/event-log.ts';
import { bytes, count, errorLines, seconds } from './format.ts';
import { jsonLine } from './ndjson.ts';

export type Mode = 'live' | 'lines' | 'quiet' | 'json';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Columns of the terminal that `err` writes to. */
  columns(): number;
  /** Milliseconds. */
  now(): number;
}

type Data = Readonly<Record<string, unknown>>;

const STAGES: Readonly<Record<StageName, string>> = {
  integers: 'integer run',
  circuit: 'step circuit',
  check: 'checking constraints',
  commit: 'committing to the model',
  fold: 'folding',
  verify: 'verifying',
  write: 'writing',
  'wrap-circuit': 'circuit of the final proof',
  setup: 'set-up of the proving key (once per plan)',
  'wrap-prepare': 'final proof: last fold and Spartan',
  'wrap-witness': 'final proof: witness',
  groth16: 'final proof: Groth16',
  'final-verify': 'verifying the final proof',
};
const LIVE_INTERVAL = 100;
const LINE_INTERVAL = 1000;

export class Reporter {
  readonly #mode: Mode;
  readonly #streams: Streams;
  readonly #also: EventListener;
  readonly stageSeconds = new Map<string, number>();
  /** For events.ndjson. */
  readonly log = new EventLog();
  #live = false;
  #shown = Number.NEGATIVE_INFINITY;

  /** @param also sees every event, whatever is shown here */
  constructor(mode: Mode, streams: Streams, also: EventListener = () => {}) {
    this.#mode = mode;
    this.#streams = streams;
    this.#also = also;
  }

  /** Takes the library's events. */
  readonly on: EventListener = (event) => {
    this.log.add(event);
    this.#also(event);
    if (event.type === 'stage-end')
      this.stageSeconds.set(event.stage, (this.stageSeconds.get(event.stage) ?? 0) + event.seconds);
    if (this.#mode === 'json') return this.#streams.out(`${jsonLine(event)}\n`);
    if (this.#mode === 'quiet') return;
    if (event.type === 'checkpoint') return this.note([`checkpoint: ${event.file}, ${bytes(event.bytes)}`]);
    const text = describe(event);
    if (text === undefined) return;
    const now = this.#streams.now();
    const last = event.type === 'step' && event.step === event.steps;
    const interval = this.#mode === 'live' ? LIVE_INTERVAL : LINE_INTERVAL;
    if (!last && now - this.#shown < interval) return;
    this.#shown = now;
    if (this.#mode === 'live') this.#draw(text);
    else this.#streams.err(`${text}\n`);
  };

  /** Something to know before the result. */
  fact(name: string, data: Data, lines: readonly string[]): void {
    if (this.#mode === 'json') this.#streams.out(`${jsonLine({ type: 'fact', name, ...data })}\n`);
    else if (this.#mode !== 'quiet') this.#say(lines);
  }

  /** The same in words only, where the JSON already has an event for it. */
  note(lines: readonly string[]): void {
    if (this.#mode === 'live' || this.#mode === 'lines') this.#say(lines);
  }

  /** What the verb was asked for: always shown. */
  result(verb: string, data: Data, lines: readonly string[]): void {
    if (this.#mode === 'json') this.#streams.out(`${jsonLine({ type: 'result', verb, ...data })}\n`);
    else this.#say(lines);
  }

  /** A word of caution, on standard error. */
  warn(text: string): void {
    if (this.#mode === 'json' || this.#mode === 'quiet') return;
    this.#clear();
    this.#streams.err(`${text}\n`);
  }

  error(error: FoldError, stack: string | undefined): void {
    const { code, message, expected, got, hint, exitCode } = error;
    if (this.#mode === 'json')
      this.#streams.out(`${jsonLine({ type: 'error', code, message, expected, got, hint, exitCode })}\n`);
    this.#clear();
    const lines = this.#mode === 'json' ? [] : errorLines(error);
    for (const text of [...lines, ...(stack ? [stack] : [])]) this.#streams.err(`${text}\n`);
  }

  #say(lines: readonly string[]): void {
    this.#clear();
    for (const text of lines) this.#streams.out(`${text}\n`);
  }

  #draw(text: string): void {
    this.#streams.err(`\r\x1b[2K${text.slice(0, this.#streams.columns() - 1)}`);
    this.#live = true;
  }

  #clear(): void {
    if (this.#live) this.#streams.err('\r\x1b[2K');
    this.#live = false;
  }
}

/** One line about an event; undefined for those that are not worth one. */
function describe(event: ProgressEvent): string | undefined {
  if (event.type === 'stage-start') return `${STAGES[event.stage]} ...`;
  if (event.type === 'progress') return `${STAGES[event.stage]}: ${count(event.done)} of ${count(event.total)}`;
  if (event.type !== 'step') return undefined;
  const { from, step, steps, layers, secondsLeft, rss } = event;
  const speed = ((step - from) / event.seconds).toFixed(2);
  return `folding: step ${step}/${steps}, ${count(layers)} layers, ${speed} steps/s, ${seconds(secondsLeft)} left, ${bytes(rss)}`;
}
