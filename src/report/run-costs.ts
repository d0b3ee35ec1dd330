/** Sections of a run's report about what it took: time, memory, constraints, gas, accuracy. */
import { type Budget, WRAP_LIMIT } from '../api/budget.ts';
import type { RunReport } from '../api/gather-report.ts';
import { bytes, count, number, seconds } from '../units.ts';
import { bars, curves } from './charts.ts';
import { facts, legend, paragraph as p } from './page.ts';
import { PART_WORDS, STAGE_WORDS } from './words.ts';

/** Gas of a transaction that does nothing. */
const TRANSACTION = 21_000;

export function time({ timeline }: RunReport): string {
  if (!timeline || timeline.stages.length === 0) return p('The folder has no events.ndjson with times in it.', 'muted');
  const { stages, steps, totals } = timeline;
  const whole = stages.reduce((n, stage) => n + stage.seconds, 0);
  const stageBars = stages.map((stage) => ({
    name: STAGE_WORDS[stage.stage] ?? stage.stage,
    segments: [{ value: stage.seconds, css: 'a' }],
    said: `${seconds(stage.seconds)}, ${Math.round((100 * stage.seconds) / whole)} %`,
  }));
  const parts = Object.entries(totals?.stepSeconds ?? {}).map(([name, s]) => ({
    name: PART_WORDS[name] ?? name,
    segments: [{ value: s, css: 'd' }],
    said: `${(1000 * s).toFixed(0)} ms`,
  }));
  const perStep = steps.map((at, k) => {
    const before = steps[k - 1] ?? { step: at.from, seconds: 0 };
    return [at.step, (at.seconds - before.seconds) / (at.step - before.step)] as const;
  });
  return [
    '<h3>Stages</h3>',
    bars('Seconds per stage', stageBars),
    ...(parts.length === 0
      ? []
      : [
          '<h3>One step, mean: what the main thread does or waits for</h3>',
          bars('Milliseconds per part of a step', parts),
        ]),
    ...(steps.length < 3
      ? []
      : [
          '<h3>Step by step</h3>',
          curves('Seconds of each step', [{ css: 'a', points: perStep }], {
            x: 'step',
            y: 'seconds per step',
            sayX: count,
            sayY: number,
          }),
          '<h3>Memory during the fold</h3>',
          curves('Resident memory', [{ css: 'c', points: steps.map(({ step, rss }) => [step, rss] as const) }], {
            x: 'step',
            y: 'resident memory',
            sayX: count,
            sayY: bytes,
            height: 170,
          }),
        ]),
    ...(totals ? [p(`${totals.workers} worker threads; peak ${bytes(totals.peakMemory)}.`, 'muted')] : []),
  ].join('\n');
}

export function budget(sizes: Budget): string {
  const parts = [...sizes.parts].sort((a, b) => b.rows + b.bits - a.rows - a.bits);
  const most = 12;
  const rest = parts
    .slice(most)
    .reduce((sum, { rows, bits }) => ({ rows: sum.rows + rows, bits: sum.bits + bits }), { rows: 0, bits: 0 });
  const shown = [
    ...parts.slice(0, most),
    ...(parts.length > most ? [{ name: `${parts.length - most} smaller parts`, ...rest }] : []),
  ];
  const chart = bars(
    'Rows and bits by part',
    shown.map(({ name, rows, bits }) => ({
      name,
      segments: [
        { value: rows, css: 'a', about: `${name}: ${count(rows)} rows` },
        { value: bits, css: 'b', about: `${name}: ${count(bits)} bits` },
      ],
      said: count(rows + bits),
    })),
  );
  return [
    chart,
    legend([
      ['a', 'listed rows'],
      ['b', 'bits'],
    ]),
    facts([
      ['listed rows', `${count(sizes.rows)}, ${count(sizes.boxes)} of them S-boxes`],
      ['bits', count(sizes.bits)],
      ['products', count(sizes.products)],
      ['rows and bits of the folding itself', count(sizes.chain)],
      ['constraints of the final proof', `${count(sizes.wrapConstraints)} of ${count(WRAP_LIMIT)}`],
    ]),
  ].join('\n');
}

export function onChain({ final }: RunReport): string {
  if (!final) return '';
  const { gas, calldataGas, calldataBytes } = final;
  const rows: readonly (readonly [string, number])[] = [
    ['contract', gas - calldataGas - TRANSACTION],
    ['every transaction', TRANSACTION],
    [`calldata, ${count(calldataBytes)} bytes`, calldataGas],
  ];
  const chart = bars(
    'Gas by part',
    rows.map(([name, value]) => ({ name, segments: [{ value, css: 'd' }], said: count(value) })),
  );
  return `${p(`About ${count(gas)} gas to verify the final proof; fold gas measures it.`)}${chart}`;
}

export function accuracy({ run }: RunReport): string {
  if (!run)
    return p(
      'For this section the model is needed, and the input in the folder: fold report FOLDER --model MODEL.onnx',
      'muted',
    );
  const { layers, output: end, sameClass } = run.accuracy;
  const points = layers.map(({ max }, k) => [k + 1, max] as const);
  return [
    p(
      `On this input the float network names ${sameClass === 1 ? 'the same class' : 'ANOTHER CLASS'}; largest error of a logit ${number(end.max)}, mean ${number(end.mean)}.`,
    ),
    ...(layers.length < 3
      ? []
      : [
          '<h3>Largest error of an activation, layer by layer</h3>',
          curves('Error by layer', [{ css: 'e', points }], {
            x: 'layer',
            y: 'largest |integer - float|',
            sayX: count,
            sayY: number,
            height: 170,
          }),
        ]),
  ].join('\n');
}
