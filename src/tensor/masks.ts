/**
 * Additive masks. What attention must not see gets a number far below all scores added (minus infinity, the least float32, -10000),
 * which exp makes zero. As a number it would take the scale of its whole tensor and leave nothing of the scores, so scores and mask
 * are taken apart:
 *
 *     sum = rest - size level
 *
 * where `level` is whole and `size` one number: how often a score is masked, below zero where it is raised. This is true of whatever
 * the level is of, an input of integers with it; what softmax makes of it is in operators/masked-softmax.ts.
 */
import { entryCount } from '../layers/tensor-shape.ts';
import type { LinearSpec, TensorBuilder } from './builder.ts';
import { type Computed, isConstant, type LinearOperation, type Value } from './graph.ts';
import { IntegersOf, MOST_DEPTH, type OperationOf } from './whole-numbers.ts';

/** Numbers as rest - size level. */
export interface MaskedNumbers {
  readonly rest: Value;
  /** Integers. */
  readonly level: Value;
  /** Above zero. */
  readonly size: number;
}

/** Masks of very different sizes are taken off one kind after the other. */
export type MaskKind = 'infinite' | 'absorbing' | 'finite';

/** Stands for an infinite number where it is multiplied by 0 or 1: larger than all of float32. */
export const INFINITE = 2 ** 200;

/** Whether float32 takes in whatever a network adds to it: such a constant is what the sum is. */
export const absorbs = (x: number): boolean => Math.abs(x) >= 2 ** 64;

/** Numbers that lie within so much of an absorbing number's size do not change it: half of float32's last place is 2^-25 of it. */
export const ABSORBED = 2 ** -25;

/** A factor of whole numbers that is a mask: as a score it would be the only one. */
export const MASK_FACTOR = 1000;
/** A constant that is one: biases of classifiers over raw features reach thousands. */
const MASK_CONSTANT = -9000;

/** A mask is added: no walk through the network. */
const MOST_WIDTH = 4;
/** Sizes of masks in one sum are small multiples of one of them. */
const MOST_MULTIPLE = 64;

const kindOf = (x: number): MaskKind => (Math.abs(x) >= INFINITE ? 'infinite' : absorbs(x) ? 'absorbing' : 'finite');

/** Whether numbers, none of them zero, are masks of a kind; an infinity itself times 0 is no number. */
const areFactors = (numbers: readonly number[], kind: MaskKind): boolean =>
  numbers.length > 0 && numbers.every((w) => Math.abs(w) >= MASK_FACTOR && Number.isFinite(w) && kindOf(w) === kind);

/** The number that masks among constants, where there is one: all others of that size are the same. */
function maskConstant(data: Iterable<number>, kind: MaskKind): number | undefined {
  let found: number | undefined;
  for (const x of data) {
    if (x > MASK_CONSTANT || kindOf(x) !== kind) continue;
    const size = kind === 'infinite' ? INFINITE : -x;
    if (found !== undefined && found !== size) return undefined;
    found = size;
  }
  return found;
}
const isMask = (x: number, kind: MaskKind): boolean => x <= MASK_CONSTANT && kindOf(x) === kind;

/** How many times `unit` a number is, if it is a small multiple of it. */
function multipleOf(unit: number, x: number): number | undefined {
  const times = x / unit;
  const whole = Math.round(times);
  return Math.abs(whole) <= MOST_MULTIPLE && Math.abs(times - whole) < 1e-6 ? whole : undefined;
}

/** The least of some sizes, if all are small multiples of it. */
function unitOf(sizes: readonly number[]): number | undefined {
  const unit = sizes.reduce((least, size) => Math.min(least, Math.abs(size)), Infinity);
  return sizes.every((size) => multipleOf(unit, size) !== undefined) ? unit : undefined;
}

/** What each column of a linear operation reads, by numbers of its sources, and its weights other than zero; each once. */
function columnsOf({ sources, width, taps, weights }: LinearOperation): { reads: number[]; factors: number[] }[] {
  const owner = Int32Array.from(
    sources.flatMap((source, s) => Array.from({ length: entryCount(source.shape) }, () => s)),
  );
  return Array.from({ length: width }, (_, k) => {
    const [reads, factors] = [new Set<number>(), new Set<number>()];
    for (let i = k; i < taps.length; i += width) if (taps[i]! >= 0) reads.add(owner[taps[i]!]!);
    for (let i = k; i < weights.length; i += width) if (weights[i] !== 0) factors.add(weights[i]!);
    return { reads: [...reads], factors: [...factors] };
  });
}

/** Takes the masks of one kind off sums. Each operation is looked at once: in a sum of sums one may stand many times. */
class Unmasking {
  readonly #known = new Map<number, MaskedNumbers | undefined>();
  readonly #integers: IntegersOf;

  constructor(
    private readonly b: TensorBuilder,
    private readonly operationOf: OperationOf,
    private readonly kind: MaskKind,
  ) {
    this.#integers = new IntegersOf(b, operationOf);
  }

  /** Undefined where no mask is found, or masks that are no multiples of one number. */
  of(value: Value, depth = 0): MaskedNumbers | undefined {
    if (isConstant(value)) {
      const size = maskConstant(value.data, this.kind);
      if (size === undefined) return undefined;
      const [rest, level] = [
        value.data.map((x) => (isMask(x, this.kind) ? 0 : x)),
        value.data.map((x) => (isMask(x, this.kind) ? 1 : 0)),
      ];
      return { rest: this.b.constant(value.shape, rest), level: this.b.constant(value.shape, level, 'integer'), size };
    }
    if (depth > MOST_DEPTH) return undefined;
    if (!this.#known.has(value.id)) this.#known.set(value.id, this.#computed(value, depth));
    const known = this.#known.get(value.id);
    if (known === undefined) return undefined;
    // a reshape is no operation
    const shaped = (x: Value): Value => this.b.reshape(x, value.shape);
    return { ...known, rest: shaped(known.rest), level: shaped(known.level) };
  }

  #computed(value: Computed, depth: number): MaskedNumbers | undefined {
    const operation = this.operationOf(value)?.operation;
    if (operation?.op === 'linear') return this.#linear(operation, value.shape, depth);
    if (operation?.op !== 'arrange') return undefined;
    const { sources, index, fill } = operation;
    const parts = sources.map((source) => this.of(source, depth + 1));
    const empty = index.includes(-1) ? maskConstant([fill], this.kind) : undefined;
    const sizes = [...parts.flatMap((part) => part?.size ?? []), ...(empty === undefined ? [] : [empty])];
    const size = unitOf(sizes);
    if (sizes.length === 0 || size === undefined) return undefined;
    const level = sources.map((source, s) => this.#levelOf(source, parts[s], size));
    return {
      rest: this.b.arrange(
        sources.map((source, s) => parts[s]?.rest ?? source),
        value.shape,
        index,
        empty === undefined ? fill : 0,
      ),
      level: this.b.arrange(level, value.shape, index, empty === undefined ? 0 : multipleOf(size, empty)!),
      size,
    };
  }

  /** The level of a part that may have no mask, in multiples of `unit`. */
  #levelOf({ shape }: Value, part: MaskedNumbers | undefined, unit: number): Value {
    if (part === undefined) return this.b.constant(shape, new Float64Array(entryCount(shape)), 'integer');
    return this.b.scale(part.level, multipleOf(unit, part.size)!);
  }

  #linear(operation: LinearOperation, shape: readonly number[], depth: number): MaskedNumbers | undefined {
    const { b, kind } = this;
    const { sources, width, taps, weights, position, kernel, bias } = operation;
    if (width > MOST_WIDTH) return undefined;
    const columns = columnsOf(operation);
    // only where a factor is a mask's: others of the network are not walked through
    const mayMask = columns.map(({ factors }) => areFactors(factors, kind));
    const whole = sources.map((source, s) =>
      columns.some(({ reads }, k) => mayMask[k] && reads.includes(s)) ? this.#integers.of(source) : undefined,
    );
    const own = columns.map(({ reads }, k) => mayMask[k]! && reads.every((s) => whole[s] !== undefined));
    // below a factor of many sizes no mask is looked for
    const factorOf = sources.map((_, s) => {
      const factors = new Set(
        columns.flatMap(({ reads, factors: all }, k) => (reads.includes(s) && !own[k] ? all : [])),
      );
      return factors.size === 1 ? [...factors][0]! : undefined;
    });
    const inner = sources.map((source, s) => (factorOf[s] === undefined ? undefined : this.of(source, depth + 1)));
    const constant = bias && maskConstant(bias, kind);
    const sizes = [
      ...columns.flatMap(({ factors }, k) => (own[k] ? factors : [])),
      ...inner.flatMap((part, s) => (part === undefined ? [] : factorOf[s]! * part.size)),
      ...(constant === undefined ? [] : [constant]),
    ];
    const unit = unitOf(sizes);
    if (sizes.length === 0 || unit === undefined) return undefined;
    // a sum over some of the columns: those that are left out read nothing
    const part = (
      values: readonly Value[],
      takes: (k: number) => boolean,
      factor: (w: number) => number,
      more: Partial<LinearSpec>,
    ): Value =>
      b.linear(values, {
        ...{ shape, width, position, kernel },
        taps: taps.map((tap, i) => (takes(i % width) ? tap : -1)),
        weights: weights.map((w, i) => (takes(i % width) ? factor(w) : 0)),
        ...more,
      });
    const plain = bias && { bias: bias.map((x) => (isMask(x, kind) ? 0 : x)) };
    const rest = part(
      sources.map((source, s) => inner[s]?.rest ?? source),
      (k) => !own[k],
      (w) => w,
      constant === undefined ? (bias === undefined ? {} : { bias }) : plain!,
    );
    const added = part(
      sources.map((source, s) => whole[s] ?? source),
      (k) => own[k]!,
      (w) => -multipleOf(unit, w)!,
      {
        kind: 'integer',
        ...(constant === undefined
          ? {}
          : { bias: bias!.map((x) => (isMask(x, kind) ? multipleOf(unit, constant)! : 0)) }),
      },
    );
    // a source has one factor: its level is taken so many times
    const levels = sources.map((source, s) => {
      const masked = inner[s];
      if (masked === undefined) return this.#levelOf(source, undefined, unit);
      return b.scale(masked.level, multipleOf(unit, factorOf[s]! * masked.size)!);
    });
    const within = part(
      levels,
      (k) => !own[k],
      (w) => (w === 0 ? 0 : 1),
      { kind: 'integer' },
    );
    return { rest, level: b.add(added, within), size: unit };
  }
}

/** Whether a sum of few numbers may have absorbing ones already: then one more is added to them. */
export function mayAbsorb(value: Value, operationOf: OperationOf, seen = new Set<number>(), depth = 0): boolean {
  if (isConstant(value)) return value.data.some(absorbs);
  if (seen.has(value.id)) return false;
  seen.add(value.id);
  const operation = operationOf(value)?.operation;
  if (depth > MOST_DEPTH || (operation?.op !== 'linear' && operation?.op !== 'arrange')) return false;
  if (operation.op === 'linear' && operation.width > MOST_WIDTH) return false;
  const own = operation.op === 'linear' ? [operation.weights, operation.bias ?? []] : [[operation.fill]];
  return (
    own.some((part) => part.some(absorbs)) ||
    operation.sources.some((source) => mayAbsorb(source, operationOf, seen, depth + 1))
  );
}

/** The masked numbers that a value is, or undefined where no mask of a kind is found. */
export const unmask = (b: TensorBuilder, value: Value, operationOf: OperationOf, kind: MaskKind) =>
  new Unmasking(b, operationOf, kind).of(value);
