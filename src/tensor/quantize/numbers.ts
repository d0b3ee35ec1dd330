/**
 * The integer graph while it is made: tensors in order, the scale of every element, integer constants, and operands brought to
 * one scale. An element that has another scale than its operand wants is computed once more, by a linear operation.
 */
import { SHIFT } from '../../machine/shape.ts';
import type { NumberKind, Shape } from '../graph.ts';
import { LARGEST } from './comparisons.ts';
import { ConstantTable } from './constants.ts';
import type { Codes, IntegerOperation, IntegerTensor, ShownBounds } from './integer.ts';

const UNIT = 2 ** SHIFT;

export interface TensorSpec {
  readonly shape: Shape;
  readonly size: number;
  readonly kind: NumberKind;
  readonly scale: number;
  readonly node: string;
  readonly shows?: ShownBounds;
}

export class Numbers {
  readonly tensors: IntegerTensor[] = [];
  readonly constants = new ConstantTable();
  #elements: number;
  #scales: Float64Array;
  /** By scale: the element that holds another one at that scale. */
  readonly #rescaled = new Map<number, Map<number, number>>();

  /** @param elements of the resolved graph: they keep their codes  @param known its constants */
  constructor(
    elements: number,
    private readonly known: readonly number[],
  ) {
    this.#elements = elements;
    this.#scales = new Float64Array(elements + 1024);
  }

  get elements(): number {
    return this.#elements;
  }

  scaleOf(code: number): number {
    return this.#scales[code]!;
  }

  /** A constant of the resolved graph as a real number. */
  real(code: number): number {
    return this.known[-1 - code]!;
  }

  /** Appends a tensor whose elements have codes already, or get the next ones. */
  push(operation: IntegerOperation, spec: TensorSpec, start = this.#elements): number {
    const end = start + spec.size;
    if (end > this.#scales.length) {
      const scales = new Float64Array(2 * end);
      scales.set(this.#scales);
      this.#scales = scales;
    }
    this.#elements = Math.max(this.#elements, end);
    this.#scales.fill(spec.scale, start, end);
    this.tensors.push({ operation, start, ...spec });
    return start;
  }

  /** The one scale of all computed numbers of an operand, if there is one. */
  uniformScale(codes: Codes): number | undefined {
    let scale: number | undefined;
    for (const code of codes) {
      if (code < 0) continue;
      if (scale === undefined) scale = this.#scales[code]!;
      else if (this.#scales[code] !== scale) return undefined;
    }
    return scale;
  }

  /** An operand at one scale; constants are rounded, and those that absorb everything are the largest that there are (scales.ts). */
  at(codes: Codes, scale: number, node: string): Codes {
    const known = (code: number): number =>
      this.constants.code(Math.round(Math.min(Math.max(this.real(code) * scale, -LARGEST), LARGEST)));
    const rescaled = this.#rescale(codes, scale, node);
    return codes.map((code) => {
      if (code < 0) return known(code);
      return this.#scales[code] === scale ? code : rescaled.get(code)!;
    });
  }

  #rescale(codes: Codes, scale: number, node: string): ReadonlyMap<number, number> {
    let rescaled = this.#rescaled.get(scale);
    if (rescaled === undefined) {
      rescaled = new Map();
      this.#rescaled.set(scale, rescaled);
    }
    const missing: number[] = [];
    for (const code of codes) {
      if (code < 0 || this.#scales[code] === scale || rescaled.has(code)) continue;
      rescaled.set(code, this.#elements + missing.length);
      missing.push(code);
    }
    if (missing.length === 0) return rescaled;
    const from = [...new Set(missing.map((code) => this.#scales[code]!))];
    const size = missing.length;
    const term = {
      width: 1,
      taps: Int32Array.from(missing),
      weights: Float64Array.from(from, (old) => Math.round((UNIT * scale) / old)),
      position: Int32Array.from({ length: size }, (_, i) => i),
      kernel: Int32Array.from(missing, (code) => from.indexOf(this.#scales[code]!)),
    };
    const operation = { op: 'linear' as const, terms: [term], bias: new Float64Array(size).fill(UNIT / 2) };
    this.push(operation, { shape: [size], size, kind: scale === 1 ? 'integer' : 'real', scale, node });
    return rescaled;
  }
}
