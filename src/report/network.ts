/**
 * The network as a picture: its way from input to output in one line, and below it every layer as a cell, grouped by the
 * step that proves it. The darker a cell, the more of the plan's activation bits the layer used on this input.
 */
import type { LayerFacts } from '../api/gather-report.ts';
import type { Plan } from '../ir/plan.ts';
import { WIDTH } from './charts.ts';
import { swatch } from './page.ts';
import { arrow, rect, svg, text } from './svg.ts';

const CELL = 9;
const GAP = 6;
/** Left of each row stands the number of its first step. */
const MARGIN = 38;
/** Steps drawn; of a deeper network the first ones and the last. */
const MOST_STEPS = 1024;
const SHADES = 5;

const count = (n: number): string => n.toLocaleString('en-US');

/** input -> head -> blocks -> readout -> output, with the bits on the arrows. */
export function pathPicture({ step }: Plan, layers: number, outputClass: number | undefined): string {
  const { slot, readout } = step;
  const state = slot.kind === 'conv' ? `${slot.channels} x ${slot.height} x ${slot.width}` : `${slot.size} numbers`;
  const kernel =
    slot.kind === 'conv'
      ? `conv ${slot.pads[0] + slot.pads[2] + 1} x ${slot.pads[1] + slot.pads[3] + 1}`
      : `dense ${slot.size}`;
  const boxes: readonly (readonly [title: string, below: string])[] = [
    ['input', 'digest h_in'],
    ['head', kernel],
    [`${count(Math.max(0, layers - 2))} blocks`, kernel],
    ['readout', `${readout.outputs} logits`],
    ['output', outputClass === undefined ? 'digest o' : `class ${outputClass}`],
  ];
  const bits = `${step.activationBits}${step.signed ? ' + sign' : ''} bits`;
  const carried = [bits, bits, bits, `${readout.bits} bits`];
  const [w, gap] = [104, (WIDTH - 5 * 104) / 4];
  const parts = boxes.flatMap(([title, below], k) => {
    const x = k * (w + gap);
    const next = carried[k];
    return [
      rect(x + 0.5, 8, w - 1, 48, k === 0 || k === 4 ? 'box end' : 'box', '', 6),
      text(x + w / 2, 29, title, 'strong', 'middle'),
      text(x + w / 2, 46, below, 'tick', 'middle'),
      ...(next === undefined
        ? []
        : [arrow(x + w + 3, x + w + gap - 3, 32), text(x + w + gap / 2, 22, next, 'tick', 'middle')]),
    ];
  });
  parts.push(
    text(w + gap, 74, `every layer: ${state} activations, weights of ${step.weightFraction} fractional bits`, 'tick'),
  );
  return svg(WIDTH, 82, 'The way from input to output', parts);
}

/** Every layer as a cell in its step. `layers` counts the readout, which is drawn in the last step. */
export function stepsPicture({ step }: Plan, layers: number, facts: readonly LayerFacts[] | undefined): string {
  const slotted = layers - 1;
  const steps = Math.max(1, Math.ceil(slotted / step.slots));
  const widest = Math.min(step.slots, 64);
  const lines = Math.ceil(step.slots / widest);
  const [w, h] = [widest * CELL + 3, lines * CELL + 3];
  // the last step also holds the readout
  const perRow = Math.max(1, Math.floor((WIDTH - MARGIN - CELL) / (w + GAP)));
  const drawn =
    steps <= MOST_STEPS ? range(0, steps) : [...range(0, MOST_STEPS - perRow), ...range(steps - perRow, steps)];
  const parts: string[] = [];
  drawn.forEach((j, place) => {
    const x = MARGIN + (place % perRow) * (w + GAP);
    const y = Math.floor(place / perRow) * (h + GAP);
    if (place % perRow === 0) parts.push(text(MARGIN - 8, y + h / 2 + 4, count(j + 1), 'tick', 'end'));
    parts.push(rect(x, y, w, h, 'step', `step ${j + 1} of ${count(steps)}`, 2));
    for (let k = 0; k < step.slots; k++) {
      const index = j * step.slots + k;
      const [cx, cy] = [x + 2 + (k % widest) * CELL, y + 2 + Math.floor(k / widest) * CELL];
      const { css, about } = cell(index, slotted, j, step.activationBits, facts?.[index]);
      parts.push(rect(cx, cy, CELL - 1, CELL - 1, css, about, 1));
    }
    if (j === steps - 1) parts.push(rect(x + w + 2, y + 2, CELL - 1, h - 4, 'readout', `readout, in step ${j + 1}`, 1));
  });
  const height = Math.ceil(drawn.length / perRow) * (h + GAP) - GAP;
  return svg(WIDTH, height, `${count(layers)} layers in ${count(steps)} steps`, parts);
}

/** What the shades mean, as HTML. */
export function stepsLegend(withPeaks: boolean, activationBits: number, leftOut: number): string {
  const shades = withPeaks
    ? `${range(0, SHADES)
        .map((k) => swatch(`l${k}`))
        .join('')} few to all of the ${activationBits} activation bits used`
    : `${swatch('l2')} layer`;
  const gap = leftOut > 0 ? ` &middot; ${count(leftOut)} steps between the last two rows are not drawn` : '';
  return `<p class="legend">${shades} &middot; ${swatch('readout')} readout &middot; ${swatch('unused')} slot not used &middot; a frame is one step${gap}</p>`;
}

export const stepsLeftOut = (steps: number): number => Math.max(0, steps - MOST_STEPS);

function cell(index: number, slotted: number, j: number, bits: number, facts: LayerFacts | undefined) {
  if (index >= slotted) return { css: 'unused', about: `step ${j + 1}: slot not used` };
  const where = `layer ${index + 1}${facts ? ` "${facts.name}"` : ''}, step ${j + 1}`;
  if (!facts) return { css: 'l2', about: where };
  const shade = Math.min(SHADES - 1, Math.floor((SHADES * facts.peakBits) / (bits + 1)));
  const kind = facts.residual ? ', with a skip connection' : '';
  return { css: `l${shade}`, about: `${where}: ${facts.peakBits} of ${bits} bits${kind}` };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, k) => from + k);
}
