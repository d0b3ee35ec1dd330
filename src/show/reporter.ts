/**
 * Where a verb's words go. Results and facts go to standard output, progress to standard error: as a view that renews
 * itself in a terminal, as at most one line per second elsewhere. With --json all of it is lines of JSON on standard
 * output; with --quiet only the result is left.
 */
import type { FoldError } from '../errors.ts';
import type { EventListener, ItemEvent, WarningEvent } from '../events.ts';
import { EventLog } from '../store/event-log.ts';
import { bytes, errorLines, plain } from './format.ts';
import { LiveView } from './live-view.ts';
import { jsonLine, type LineBody } from './ndjson.ts';
import { progressLine } from './progress-words.ts';

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

const LIVE_INTERVAL = 100;
const LINE_INTERVAL = 1000;

/** Who else is told, whatever is shown here. */
export interface Taps {
  /** Every line of --json. */
  readonly line?: (body: LineBody) => void;
  /** Every event of the library. */
  readonly event?: EventListener;
}

export class Reporter {
  readonly #mode: Mode;
  readonly #streams: Streams;
  readonly #taps: Taps;
  readonly #view = new LiveView();
  readonly stageSeconds = new Map<string, number>();
  /** For events.ndjson. */
  readonly log = new EventLog();
  /** Lines of the view that stand in the terminal. */
  #drawn = 0;
  #shown = Number.NEGATIVE_INFINITY;

  constructor(mode: Mode, streams: Streams, taps: Taps = {}) {
    this.#mode = mode;
    this.#streams = streams;
    this.#taps = taps;
  }

  /** The reporter of one run among several: its own pages would drown the others', its progress is shown under its name. */
  forItem(itemId: string): Reporter {
    const silent: Streams = { ...this.#streams, out: () => {}, err: () => {} };
    return new Reporter('quiet', silent, { event: (event) => this.on({ ...event, itemId }) });
  }

  /** Takes the library's events. */
  readonly on = (event: ItemEvent): void => {
    this.log.add(event);
    this.#taps.event?.(event);
    if (event.type === 'stage-end')
      this.stageSeconds.set(event.stage, (this.stageSeconds.get(event.stage) ?? 0) + event.seconds);
    this.#line(event);
    if (this.#mode === 'json' || this.#mode === 'quiet') return;
    this.#view.see(event);
    if (event.type === 'warning') this.#warning(event);
    if (event.type === 'checkpoint') {
      const { itemId, file } = event;
      this.note([`checkpoint: ${itemId === null ? '' : `${itemId}, `}${file}, ${bytes(event.bytes)}`]);
    }
    const text = progressLine(event);
    if (text === undefined) return;
    const now = this.#streams.now();
    const live = this.#mode === 'live';
    // a stage that begins may go on for long without another event
    const due = (live && event.type === 'stage-start') || (event.type === 'step' && event.step === event.steps);
    if (!due && now - this.#shown < (live ? LIVE_INTERVAL : LINE_INTERVAL)) return;
    this.#shown = now;
    if (live) this.#draw();
    else this.#streams.err(`${plain(text)}\n`);
  };

  /** Something to know before the result. */
  fact(name: string, data: Data, lines: readonly string[]): void {
    this.#line({ type: 'fact', name, ...data });
    this.note(lines);
  }

  /** The same in words only, where the JSON already has an event for it. */
  note(lines: readonly string[]): void {
    if (this.#mode === 'live' || this.#mode === 'lines') this.#say(lines);
  }

  /** What the verb was asked for: always shown. */
  result(verb: string, data: Data, lines: readonly string[]): void {
    this.#line({ type: 'result', verb, ...data });
    if (this.#mode !== 'json') this.#say(lines);
  }

  /** Something to know that is not as it should be: on standard error, and for programs a fact. */
  caution(name: string, data: Data, text: string): void {
    this.#line({ type: 'fact', name, ...data });
    this.warn(text);
  }

  /** A word of caution, on standard error. */
  warn(text: string): void {
    if (this.#mode === 'json' || this.#mode === 'quiet') return;
    this.#clear();
    this.#streams.err(`${plain(text)}\n`);
  }

  #warning(event: WarningEvent): void {
    for (const line of errorLines(event, 'warning')) this.warn(line);
  }

  error(error: FoldError, exitCode: number, stack: string | undefined): void {
    const { code, message, expected, got, hint } = error;
    this.#line({ type: 'error', code, message, expected, got, hint, exitCode });
    this.#clear();
    const lines = this.#mode === 'json' ? [] : errorLines(error);
    for (const text of [...lines, ...(stack?.split('\n') ?? [])]) this.#streams.err(`${plain(text)}\n`);
  }

  #say(lines: readonly string[]): void {
    this.#clear();
    for (const text of lines) this.#streams.out(`${plain(text)}\n`);
  }

  #draw(): void {
    const lines = this.#view.lines(this.#streams.columns() - 1);
    this.#streams.err(`${this.#erasure()}${lines.join('\n')}`);
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#streams.err(this.#erasure());
    this.#drawn = 0;
  }

  /** Takes away the lines that stand there, from the last to the first. */
  #erasure(): string {
    return `\r\x1b[2K${'\x1b[1A\x1b[2K'.repeat(Math.max(0, this.#drawn - 1))}`;
  }

  /** A line of --json, for standard output and for whoever else wants it. */
  #line(body: LineBody): void {
    if (this.#mode === 'json') this.#streams.out(`${jsonLine(body)}\n`);
    this.#taps.line?.(body);
  }
}
