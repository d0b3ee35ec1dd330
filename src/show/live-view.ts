/**
 * The view of a run in a terminal: what is done, what goes on and how far it is, how long the last steps took, how busy the
 * worker threads are, how much memory there is in use. It turns events into lines; the reporter draws them.
 */
import type { ItemEvent, ProgressEvent, StageName } from '../events.ts';
import { bytes, seconds } from './format.ts';
import { partWords, STAGES, stepWords } from './progress-words.ts';

type StepEvent = Extract<ProgressEvent, { type: 'step' }>;

const BLOCKS = '▁▂▃▄▅▆▇█';
const BAR = 20;
/** Steps in the sparkline. */
const SHOWN_STEPS = 32;
/** Seconds over which the threads' load is taken: one step is too short a time, a task may span several. */
const LOAD_SPAN = 2;
/** Items of a batch that are shown at a time. */
const SHOWN_ITEMS = 8;

/** One chain that is being folded: a run, or an item of a batch. */
interface Track {
  last: StepEvent;
  /** Seconds of the last steps. */
  times: number[];
  /** Events of the last `LOAD_SPAN` seconds, and the one before. */
  recent: StepEvent[];
}

export class LiveView {
  readonly #done: string[] = [];
  readonly #tracks = new Map<string, Track>();
  /** Folds under way: '' is that of a run, or of a whole batch in one proof, whose steps name their items. */
  readonly #folds = new Set<string>();
  #now = '';

  see(event: ItemEvent): void {
    const name = event.itemId ?? '';
    if (event.type === 'step') this.#step(this.#folds.has('') ? '' : name, event);
    if (event.type === 'stage-start' && event.stage === 'fold') this.#folds.add(name);
    if (event.type === 'progress')
      this.#now = [STAGES[event.stage], bar(event.done / event.total), ...partWords(event)].join('  ');
    if (event.type === 'stage-start') this.#now = `${STAGES[event.stage]} ...`;
    if (event.type !== 'stage-end') return;
    this.#now = '';
    if (event.stage === 'fold') {
      this.#tracks.delete(name);
      this.#folds.delete(name);
    }
    if (name === '') this.#done.push(`${short(event.stage)} ${seconds(event.seconds)}`);
  }

  /** The lines as they are now, none longer than `columns`. */
  lines(columns: number): string[] {
    const tracks = [...this.#tracks];
    const lines = [
      ...(this.#done.length > 0 ? [newest(this.#done, columns)] : []),
      ...tracks.slice(0, SHOWN_ITEMS).map(([name, track]) => trackLine(name, track)),
      ...(tracks.length > 0 ? [machineLine(tracks.map(([, track]) => track))] : []),
      ...(tracks.length === 0 && this.#now !== '' ? [this.#now] : []),
    ];
    return lines.map((line) => line.slice(0, columns));
  }

  #step(name: string, event: StepEvent): void {
    const track = this.#tracks.get(name);
    if (!track) {
      this.#tracks.set(name, { last: event, times: [], recent: [event] });
      return;
    }
    track.times = [...track.times, event.seconds - track.last.seconds].slice(-SHOWN_STEPS);
    track.last = event;
    track.recent.push(event);
    while (track.recent.length > 2 && event.seconds - track.recent[1]!.seconds >= LOAD_SPAN) track.recent.shift();
  }
}

function trackLine(name: string, { last }: Track): string {
  return [name || 'folding', bar(last.step / last.steps), ...stepWords(last)].join('  ');
}

/** Sparkline of the chain that moved last, load of all threads, memory. */
function machineLine(tracks: readonly Track[]): string {
  const { times, last } = tracks.at(-1)!;
  const loads = tracks.flatMap(loadOf);
  return [
    ...(times.length > 1 ? [`step times ${sparkline(times)} ${range(times)}`] : []),
    ...(loads.length > 0 ? [`workers ${loads.map((load) => block(load)).join('')} ${percent(mean(loads))}`] : []),
    `memory ${bytes(last.rss)}`,
  ].join('   ');
}

/** Share of the last seconds in which each thread worked; none before the second step. */
function loadOf({ recent }: Track): number[] {
  const [first, last] = [recent[0]!, recent.at(-1)!];
  const span = last.seconds - first.seconds;
  if (span <= 0) return [];
  // a task counts when it ends, so that one that began before the span can make more of it than there is
  return last.busy.map((busy, k) => Math.min(1, (busy - (first.busy[k] ?? 0)) / span));
}

/** Bars between the least and the largest value. */
export function sparkline(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => block(most > least ? (value - least) / (most - least) : 0)).join('');
}

const block = (share: number): string => BLOCKS[Math.round(share * (BLOCKS.length - 1))]!;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share: number): string => `${Math.round(100 * share)} %`;

function range(times: readonly number[]): string {
  const [least, most] = [Math.min(...times), Math.max(...times)];
  if (most >= 1) return `${seconds(least)} to ${seconds(most)}`;
  return `${Math.round(1000 * least)} to ${Math.round(1000 * most)} ms`;
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

/** A stage in the list of those that are done. */
const short = (stage: StageName): string => STAGES[stage].replace(/ \(.*\)$/, '').replace(/^final proof: /, '');

/** As many of the newest as fit. */
function newest(done: readonly string[], columns: number): string {
  let shown = done;
  const line = (): string => `done: ${shown.length < done.length ? '... ' : ''}${shown.join(', ')}`;
  while (shown.length > 1 && line().length > columns) shown = shown.slice(1);
  return line();
}
