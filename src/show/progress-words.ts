/** Progress in words, one line per event: what is shown where lines cannot renew themselves. */
import type { ItemEvent, ProgressEvent, StageName } from '../events.ts';
import { bytes, count, seconds } from './format.ts';

export const STAGES: Readonly<Record<StageName, string>> = {
  program: 'program of the tensor machine',
  integers: 'integer run',
  circuit: 'step circuit',
  check: 'checking constraints',
  commit: 'committing to the model',
  trace: 'committing to the trace',
  fold: 'folding',
  verify: 'verifying',
  write: 'writing',
  compress: 'compressing the proof',
  'wrap-circuit': 'circuit of the final proof',
  setup: 'set-up of the proving key (once per plan)',
  'wrap-prepare': 'final proof: last fold and Spartan',
  'wrap-witness': 'final proof: witness',
  groth16: 'final proof: Groth16',
  'final-verify': 'verifying the final proof',
  members: 'checking the items',
};

/** One line about an event; undefined for those that are not worth one. */
export function progressLine(event: ItemEvent): string | undefined {
  const words = describe(event);
  return words === undefined || !event.itemId ? words : `${event.itemId}: ${words}`;
}

function describe(event: ProgressEvent): string | undefined {
  if (event.type === 'stage-start') return `${STAGES[event.stage]} ...`;
  if (event.type === 'progress') return `${STAGES[event.stage]}: ${partWords(event).join(', ')}`;
  if (event.type !== 'step') return undefined;
  return `folding: ${stepWords(event).join(', ')}, ${bytes(event.rss)}`;
}

/** Parts that are done, and time left. */
export function partWords({ done, total, unit, secondsLeft }: Extract<ProgressEvent, { type: 'progress' }>): string[] {
  return [`${count(done)} of ${count(total)} ${unit}`, `${seconds(secondsLeft)} left`];
}

/** Step, layers, rate and time left. */
export function stepWords(event: Extract<ProgressEvent, { type: 'step' }>): string[] {
  const { from, step, steps, layers, secondsLeft } = event;
  const rate = ((step - from) / event.seconds).toFixed(2);
  return [`step ${step}/${steps}`, `${count(layers)} layers`, `${rate} steps/s`, `${seconds(secondsLeft)} left`];
}
