/**
 * Which range a plan holds of each tensor: that of the samples with headroom, without what its structure excludes (structure.ts), and with
 * what an operator says is to be held whatever the samples have. The sum of a softmax's exponentials is from 1 to their number; after
 * samples whose logits are far apart it would be from 1 to 2, and logits that are alike would leave it.
 */
import type { Range } from '../graph.ts';
import type { ResolvedGraph, ResolvedTensor } from './resolve.ts';
import { isExact } from './scales.ts';
import { common, isSquare, reachOf, Structure, union } from './structure.ts';

/** Integers are not what real numbers are: a structural range is held with so much of its ends more. */
const MARGIN = 1 / 16;

const wider = ({ low, high }: Range): Range => ({
  low: low - MARGIN * Math.abs(low),
  high: high + MARGIN * Math.abs(high),
});

const times = ({ low, high }: Range, factor: number): Range => ({ low: low * factor, high: high * factor });

const isClosed = ({ low, high }: Range): boolean => Number.isFinite(low) && Number.isFinite(high);

/** What is held of a tensor whatever the samples have. */
const heldOf = ({ bounds }: ResolvedTensor): Range | undefined =>
  bounds === undefined ? undefined : (bounds.held ?? (isClosed(bounds) ? bounds : undefined));

export interface HeldRanges {
  /** By tensor. */
  readonly ranges: readonly Range[];
  /** By tensor: where both operands of a product grow by the headroom. */
  readonly grown: readonly Range[];
  /** By tensor: where the table of a function of it has to be precise. */
  readonly precise: readonly Range[];
  /** By tensor: what no input leaves, whatever the samples are. */
  readonly structural: readonly Range[];
}

/** @param measured by tensor, on samples */
export function heldRanges(graph: ResolvedGraph, measured: readonly Range[], headroom: number): HeldRanges {
  const structural = new Structure(graph, (_, range) => range).ranges;
  const ranges: Range[] = [];
  const grown: Range[] = [];
  const precise: Range[] = [];
  const owner = new Int32Array(graph.elements);
  const isGrown: boolean[] = [];
  const meets = (t: number, possible: Range): Range => {
    const tensor = graph.tensors[t]!;
    const { operation, start, size } = tensor;
    owner.fill(t, start, start + size);
    // squares, and sums of them, grow by the square of what the numbers grow by
    isGrown[t] =
      isSquare(operation) ||
      (operation.op === 'linear' && operation.taps.every((code) => code < 0 || isGrown[owner[code]!]));
    const sample = measured[t]!;
    const wide = times(sample, isGrown[t] ? headroom ** 2 : headroom);
    if (isExact(tensor)) {
      ranges.push(wide);
      grown.push(isGrown[t] ? wide : times(wide, headroom));
      precise.push(sample);
      return possible;
    }
    const held = heldOf(tensor);
    const within = (range: Range): Range => {
      const clipped = union(sample, common(range, wider(structural[t]!)));
      return held === undefined ? clipped : union(clipped, wider(common(held, possible)));
    };
    ranges.push(within(wide));
    grown.push(isGrown[t] ? ranges[t]! : within(times(wide, headroom)));
    precise.push(held === undefined ? sample : union(sample, common(ranges[t]!, possible)));
    const reach = reachOf(ranges[t]!);
    return common({ low: -reach, high: reach }, possible);
  };
  new Structure(graph, meets);
  return { ranges, grown, precise, structural };
}
