/**
 * What must hold of integers besides being computed right. A look-up's index is one of its table, a boolean input is 0 or 1, scores
 * are near each other: a prover who hides the input could else prove a result that the network does not have.
 *
 * No row of the machine compares numbers, but every accumulator is shown to have SHIFT + VALUE_BITS bits (docs/protocol.md, section
 * 11.1). Of x it is made w (x - low) - 2^(SHIFT + VALUE_BITS - 1), which has so many for the integers from low to high and no others.
 */
import { FoldError } from '../../errors.ts';
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import { countUp, steps } from '../indices.ts';
import type { Condition } from './conditions.ts';
import type { Codes, IntegerOperation, ShownBounds } from './integer.ts';
import type { Numbers } from './numbers.ts';

/** Numbers that an accumulator can be. */
const ACCUMULATORS = 2 ** (SHIFT + VALUE_BITS);
const UNIT = 2 ** SHIFT;
const HALF = 2 ** (VALUE_BITS - 1);

export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Numbers of booleans. */
export const BOOLEAN: Bounds = { low: 0, high: 1 };

/** floor((w x + bias) / 2^SHIFT) of some numbers. */
function sumOperation(of: Codes, weight: number, bias: number): IntegerOperation {
  const places = countUp(of.length);
  const kernel = new Int32Array(of.length);
  const term = { width: 1, taps: of, weights: Float64Array.of(weight), position: places, kernel };
  return { op: 'linear', terms: [term], bias: new Float64Array(of.length).fill(bias) };
}

/** A number times `weight` and `bias`. */
interface BoundSum {
  readonly weight: number;
  readonly bias: number;
}

/**
 * Sums of which one leaves the accumulator where an integer of VALUE_BITS bits is out of bounds. With n = high - low and
 * w = floor((2^32 - 1) / n), w n < 2^32 <= w (n + 1) for n < 2^16; beyond it there is one for each side, with w = 2^SHIFT.
 */
export function boundSums(bounds: Bounds): BoundSum[] {
  const [low, high] = [Math.max(bounds.low, -HALF), Math.min(bounds.high, HALF - 1)];
  if (high - low < HALF) {
    const weight = high === low ? ACCUMULATORS : Math.floor((ACCUMULATORS - 1) / (high - low));
    return [{ weight, bias: -ACCUMULATORS / 2 - weight * low }];
  }
  const below = { weight: UNIT, bias: -ACCUMULATORS / 2 - UNIT * low };
  const above = { weight: -UNIT, bias: -ACCUMULATORS / 2 + UNIT * high };
  // all numbers have so many bits
  return [...(low > -HALF ? [below] : []), ...(high < HALF - 1 ? [above] : [])];
}

const distinct = (codes: Codes): Codes => Int32Array.from(new Set(codes.filter((code) => code >= 0)));

/** Adds to an integer graph what shows bounds. */
export class Shown {
  /** Numbers that must be in range, though nothing may read them. */
  readonly held: Codes[] = [];
  /** Bounds and numbers that are shown already. */
  readonly #known = new Set<string>();

  constructor(private readonly numbers: Numbers) {}

  /** Adds what no run computes where one of some integers, which have the scale 1, is out of bounds. */
  bound(codes: Codes, bounds: Bounds, node: string): void {
    this.#checkKnown(codes, bounds, node);
    const of = distinct(codes);
    const key = [bounds.low, bounds.high, ...of].join();
    if (this.#known.has(key)) return;
    this.#known.add(key);
    const says = `${node}, an integer from ${bounds.low} to ${bounds.high}`;
    if (of.length > 0)
      for (const { weight, bias } of boundSums(bounds))
        this.#add(sumOperation(of, weight, bias), of.length, says, { ...bounds, of });
  }

  /**
   * Keeps look-ups that show their indices to be rows of a table: they find nothing else (docs/protocol.md, section 11.5), but something
   * has to read them.
   * @param found a number that each of the indices finds
   */
  found(index: Codes, rows: number, found: Codes, node: string): void {
    this.#checkKnown(index, { low: 0, high: rows - 1 }, node);
    const kept = new Map<number, number>();
    index.forEach((code, i) => {
      if (code >= 0) kept.set(code, found[i]!);
    });
    this.held.push(Int32Array.from(kept.values()));
  }

  #checkKnown(codes: Codes, bounds: Bounds, node: string): void {
    const known = codes.filter((code) => code < 0).map((code) => this.numbers.constants.values[-1 - code]!);
    const bad = known.find((x) => !isWithin(x, bounds));
    if (bad !== undefined) throw outOfBounds(node, bounds, bad);
  }

  /**
   * Keeps numbers of which `spread` tells how far apart they can be. What is summed up is in range. A maximum need not be, where what it is
   * the largest of was never computed by itself, nor an entry of a table of constants, which no sample may have found: they are summed up.
   */
  hold(codes: Codes, isSum: (code: number) => boolean): void {
    const of = distinct(codes);
    this.held.push(of);
    const others = of.filter((code) => !isSum(code));
    if (others.length > 0) this.#add(sumOperation(others, UNIT, 0), others.length, 'scores');
  }

  /** How far apart numbers can be in any run that has a proof, in units of the network. */
  spread(codes: Codes): number {
    let [low, high] = [Infinity, -Infinity];
    for (const code of codes) {
      const [least, most] =
        code < 0 ? [this.numbers.real(code), this.numbers.real(code)] : rangeOf(this.numbers.scaleOf(code));
      [low, high] = [Math.min(low, least), Math.max(high, most)];
    }
    return high - low;
  }

  #add(operation: IntegerOperation, size: number, node: string, shows?: ShownBounds): void {
    const spec = { shape: [size], size, kind: 'integer' as const, scale: 1, node, ...(shows ? { shows } : {}) };
    const start = this.numbers.push(operation, spec);
    this.held.push(steps(size, 1, start));
  }
}

/** The id of a choice that has an exact form, where its scores may be far apart. @throws E_RANGE for one that has none */
export function exactForm({ id, node, operation }: Condition<'either'>, spread: number): number {
  if (operation.exact !== undefined) return id;
  throw new FoldError('E_RANGE', `Node '${node}' masks scores that are too large to be masked.`, {
    expected: `scores that are at most ${operation.gap} apart, room for others than the samples' included`,
    got: `${spread}`,
    hint: 'Calibrate with smaller scores, or with less room: fold calibrate MODEL.onnx --data FILES --headroom 1',
  });
}

const rangeOf = (scale: number): readonly [number, number] => [-HALF / scale, (HALF - 1) / scale];

const isWithin = (x: number, { low, high }: Bounds): boolean => x >= low && x <= high;

function outOfBounds(node: string, { low, high }: Bounds, got: number): FoldError {
  return new FoldError('E_RANGE', `'${node}' is given a number that the network has no result for.`, {
    expected: `an integer from ${low} to ${high}`,
    got: String(got),
    hint: 'fold inspect MODEL.onnx shows the inputs of a network',
  });
}

/** That the numbers which a tensor shows to be in bounds are. @throws E_RANGE naming node, place and number */
export function checkBounds(node: string, { of, ...bounds }: ShownBounds, at: (code: number) => number): void {
  for (const code of of) if (!isWithin(at(code), bounds)) throw outOfBounds(node, bounds, at(code));
}
