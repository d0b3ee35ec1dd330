/**
 * From a tensor graph over real numbers and its plan to the integer graph that the machine computes (integer.ts): a scale for
 * every tensor (scales.ts), integer weights, tables of functions.
 */
import { FoldError } from '../../errors.ts';
import { SHIFT, VALUE_BITS } from '../../machine/shape.ts';
import { steps } from '../indices.ts';
import type { Range, TensorPlan } from '../plan.ts';
import { BOOLEAN, type Bounds, Shown } from './bounds.ts';
import { comparedLeaves, comparedScale, constantsOf, LARGEST, tooLarge } from './comparisons.ts';
import { fractionalBits } from './floors.ts';
import { FunctionTables } from './function-tables.ts';
import { type HeldRanges, heldRanges } from './held.ts';
import type { Codes, IntegerOperation, IntegerTable } from './integer.ts';
import { integerLinear, linearScale } from './linear.ts';
import { Numbers } from './numbers.ts';
import type { ResolvedGraph, ResolvedOperation, ResolvedTensor } from './resolve.ts';
import { isExact, Scales } from './scales.ts';
import { NOTHING, union } from './structure.ts';
import { MOST_BITS } from './table.ts';

/** An operand that uses less than this part of the integers that a product has room for is spread over them. */
const COARSE = 1 / 8;

interface Quantized {
  readonly operation: IntegerOperation;
  readonly scale: number;
}

/** Quantizes the tensors of a resolved graph, in their order. */
export class Quantizer {
  readonly numbers: Numbers;
  tables: readonly IntegerTable[] = [];
  readonly shown: Shown;
  readonly #functions = new FunctionTables();
  readonly #scales: Scales;
  readonly #held: HeldRanges;
  /** By element that is an index of a table: the fewest rows of one. */
  readonly #rowsOf = new Map<number, number>();

  constructor(
    private readonly graph: ResolvedGraph,
    plan: TensorPlan,
  ) {
    this.numbers = new Numbers(graph.elements, graph.constants);
    this.shown = new Shown(this.numbers);
    const measured = graph.tensors.map(({ result }) => plan.ranges[result.id]!);
    this.#held = heldRanges(graph, measured, plan.headroom);
    this.#scales = new Scales(graph, this.#held);
    for (const { operation } of graph.tensors)
      if (operation.op === 'take')
        for (const code of operation.index)
          this.#rowsOf.set(code, Math.min(operation.rows, this.#rowsOf.get(code) ?? operation.rows));
  }

  run(): void {
    this.graph.tensors.forEach((tensor, t) => {
      const { start, size, node, result } = tensor;
      const { operation, scale } = this.#quantize(tensor, t);
      this.numbers.push(operation, { shape: result.shape, size, kind: result.kind, scale, node }, start);
      if (operation.op === 'input' && result.kind === 'boolean')
        this.shown.bound(steps(size, 1, start), BOOLEAN, operation.name);
      // as soon as the last of the numbers is there: what follows from a wrong one is told of later
      for (const { codes, operation: bounds, node: by, last } of this.graph.bounded)
        if (last >= start && last < start + size) this.#bound(codes, bounds, by);
    });
    const isSum = (code: number): boolean =>
      !['maximum', 'take'].includes(this.graph.tensors[this.#scales.ownerOf(code)]!.operation.op);
    for (const { codes } of this.graph.close) this.shown.hold(codes, isSum);
    this.tables = this.#functions.make();
  }

  /** Shows bounds of numbers but where a look-up by them shows more. */
  #bound(codes: Codes, bounds: Bounds, node: string): void {
    const isShown = (code: number): boolean =>
      code >= 0 && bounds.low <= 0 && bounds.high >= (this.#rowsOf.get(code) ?? Infinity) - 1;
    const left = codes.filter((code) => !isShown(code));
    if (left.length > 0) this.shown.bound(this.#exactly(left, node, 1).codes, bounds, node);
  }

  /** An operand at one scale: its own where it has one, else that of its class. */
  operand(codes: Codes, node: string, want = this.numbers.uniformScale(codes)): { codes: Codes; scale: number } {
    // constants stand beside the numbers that are computed, and fit the scale too
    const most = this.#scales.largestConstant(codes);
    const own = want ?? this.#scales.common([codes]);
    const scale = own * most > LARGEST ? LARGEST / most : own;
    return { codes: this.numbers.at(codes, scale, node), scale };
  }

  /** An operand at a scale that must be this one. @throws E_RANGE for a constant that has no integer there */
  #exactly(codes: Codes, node: string, scale: number): { codes: Codes; scale: number } {
    const operand = this.operand(codes, node, scale);
    if (operand.scale === scale) return operand;
    throw tooLarge(node, this.#scales.largestConstant(codes), scale);
  }

  #quantize(tensor: ResolvedTensor, t: number): Quantized {
    const { operation, node } = tensor;
    switch (operation.op) {
      case 'input':
        return { operation, scale: this.#scales.preferred(t) };
      case 'linear': {
        const most = this.#scales.preferred(t);
        const scale = isExact(tensor) ? most : linearScale(operation, this.numbers, most);
        return { operation: integerLinear(operation, this.numbers, tensor.size, scale), scale };
      }
      case 'multiply':
      case 'matmul':
        return this.#product(tensor, t, operation);
      case 'maximum':
        return this.#maximum(tensor, t, operation.leaves);
      case 'function':
        return this.#function(tensor, t, operation);
      case 'step':
        return { operation: { op: 'step', x: this.operand(operation.x, node).codes }, scale: 1 };
      case 'floor':
        return this.#floor(tensor, operation.x);
      case 'take':
        return this.#take(tensor, t, operation);
    }
  }

  #product(
    tensor: ResolvedTensor,
    t: number,
    operation: Extract<ResolvedOperation, { op: 'multiply' | 'matmul' }>,
  ): Quantized {
    const [wantA, wantB] = isExact(tensor)
      ? this.#exactShares(operation.a, operation.b)
      : this.#shares(t, operation.a, operation.b);
    const operand = (codes: Codes, want: number) =>
      isExact(tensor) ? this.#exactly(codes, tensor.node, want) : this.operand(codes, tensor.node, want);
    const [a, b] = [operand(operation.a, wantA), operand(operation.b, wantB)];
    const scale = (a.scale * b.scale) / 2 ** SHIFT;
    if (operation.op === 'multiply') return { operation: { op: 'product', a: a.codes, b: b.codes }, scale };
    return { operation: { ...operation, a: a.codes, b: b.codes }, scale };
  }

  /** Scales of a product's operands: what they have where that fits and is not much less than it could be, else their caps. */
  #shares(t: number, a: Codes, b: Codes): readonly [number, number] {
    const caps = this.#scales.productCaps(t);
    const share = (codes: Codes, cap: number): number => {
      const scale = this.numbers.uniformScale(codes);
      return scale !== undefined && scale <= cap * (1 + 1e-9) && scale >= cap * COARSE ? scale : cap;
    };
    return [share(a, caps[0]), share(b, caps[1])];
  }

  /** Integers a, b: a b = (a s)(b t) / 2^SHIFT where s t = 2^SHIFT. */
  #exactShares(a: Codes, b: Codes): readonly [number, number] {
    // of integers that leave their range only with headroom none is halved
    const room = (codes: Codes): number => Math.max(Math.floor(Math.log2(LARGEST / this.#scales.reach(codes))), 0);
    const bits = Math.min(Math.max(Math.floor(SHIFT / 2), SHIFT - room(b)), room(a), SHIFT);
    return [2 ** bits, 2 ** (SHIFT - bits)];
  }

  #maximum(tensor: ResolvedTensor, t: number, leaves: readonly Codes[]): Quantized {
    const real = (code: number): number => this.numbers.real(code);
    const scales = new Set(
      leaves.flatMap((leaf) => (leaf.some((c) => c >= 0) ? [this.numbers.uniformScale(leaf)] : [])),
    );
    const [only] = scales;
    const own = scales.size === 1 && only !== undefined ? only : this.#scales.common(leaves);
    const scale = isExact(tensor)
      ? own
      : comparedScale(constantsOf(leaves, real), this.#scales.comparedRange(t, leaves), own);
    const compared = comparedLeaves(leaves, scale, tensor.node, real);
    return {
      operation: { op: 'maximum', leaves: compared.map((leaf) => this.numbers.at(leaf, scale, tensor.node)) },
      scale,
    };
  }

  #function(tensor: ResolvedTensor, t: number, operation: Extract<ResolvedOperation, { op: 'function' }>): Quantized {
    const { f, name, isPartial, limit = Infinity } = operation;
    const scale = this.#scales.preferred(t);
    const exact = this.#exactScale(operation.x);
    const x = this.operand(operation.x, tensor.node, exact ?? this.#functionScale(operation.x));
    const table = this.#functions.number({
      ...{ name, f, isPartial, scaleX: x.scale, scaleY: scale, isExact: exact !== undefined },
      limit: limit * scale,
      precise: this.#rangeOf(operation.x, this.#held.precise),
      domain: this.#rangeOf(operation.x, this.#held.structural),
    });
    return { operation: { op: 'table', x: x.codes, table }, scale };
  }

  /** The scale of an operand of a table that has a cell for each integer; undefined where it is real or too wide. */
  #exactScale(x: Codes): number | undefined {
    if (!x.every((code) => code < 0 || isExact(this.graph.tensors[this.#scales.ownerOf(code)]!))) return undefined;
    const bits = Math.ceil(Math.log2(this.#scales.reach(x) + 1)) + 1;
    return bits <= MOST_BITS ? 2 ** (VALUE_BITS - bits) : undefined;
  }

  /** The scale that spreads an operand over the table; undefined: the one that it has. */
  #functionScale(x: Codes): number | undefined {
    const scale = this.numbers.uniformScale(x);
    const best = LARGEST / this.#scales.reach(x);
    return scale !== undefined && scale > best / 8 ? scale : best;
  }

  /** Of an operand, from those of tensors; its constants are in it. */
  #rangeOf(x: Codes, ranges: readonly Range[]): Range {
    const of = (code: number): Range => {
      const value = code < 0 ? this.numbers.real(code) : 0;
      return code < 0 ? { low: value, high: value } : ranges[this.#scales.ownerOf(code)]!;
    };
    return x.reduce((all, code) => union(all, of(code)), NOTHING);
  }

  #floor({ node }: ResolvedTensor, codes: Codes): Quantized {
    const own = this.numbers.uniformScale(codes);
    const isPower = own !== undefined && own >= 1 && own <= 2 ** SHIFT && Number.isInteger(Math.log2(own));
    const room = Math.floor(Math.log2(LARGEST / this.#scales.reach(codes)));
    const fits = isPower && own * this.#scales.largestConstant(codes) <= LARGEST;
    const x = this.#exactly(codes, node, fits ? own : 2 ** Math.max(Math.min(room, SHIFT), 0));
    const bits = fractionalBits(codes, (code) => this.graph.tensors[this.#scales.ownerOf(code)]!);
    if (bits !== undefined && x.scale < 2 ** bits)
      throw new FoldError('E_RANGE', `Node '${node}' shifts integers that are too large to be exact.`, {
        expected: `numbers below 2^${VALUE_BITS - 1} with ${bits} fractional bits, headroom included`,
        got: `numbers up to ${this.#scales.reach(codes)}`,
        hint: 'Calibrate with smaller integers, or with less room: fold calibrate MODEL.onnx --data FILES --headroom 1',
      });
    return { operation: { op: 'shift', x: x.codes, bits: Math.log2(x.scale) }, scale: 1 };
  }

  #take(
    tensor: ResolvedTensor,
    t: number,
    { index, rows, table }: Extract<ResolvedOperation, { op: 'take' }>,
  ): Quantized {
    if (table.some((code) => code >= 0))
      throw new FoldError('E_UNSUPPORTED', `Node '${tensor.node}' looks up computed numbers by a computed index.`, {
        expected: 'a table that is constant',
        got: 'a computed table',
        hint: 'write the look-up as a product with the one-hot index',
      });
    const scale = this.#scales.preferred(t);
    const rounded = Float64Array.from(table, (code) => Math.round(this.numbers.real(code) * scale));
    const { codes } = this.#exactly(index, tensor.node, 1);
    const width = table.length / rows;
    const found = codes.map((_, i) => tensor.start + i * width);
    this.shown.found(codes, rows, found, tensor.node);
    return { operation: { op: 'take', index: codes, rows, table: rounded }, scale };
  }
}
