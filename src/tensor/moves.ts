/**
 * The moves of a tensor graph's builder: reshape, transpose, slice, concat and broadcast, all by `arrange`. Moves of moves are
 * one move, and a reshape is no operation at all, since the numbers of a tensor stand row-major whatever its shape.
 */
import { invariant } from '../errors.ts';
import { entryCount, sameShape, shapeText } from '../layers/tensor-shape.ts';
import { type Constant, type GraphOperation, isConstant, type NumberKind, type Shape, type Value } from './graph.ts';
import { broadcastIndices, indexOf, steps, stridesOf, transposeIndex } from './indices.ts';
import { arrangeKernel } from './kernels.ts';
import { fits } from './misfit.ts';
import { constantOf, Recorder } from './recorder.ts';

/** Kind of what is made of two. */
export function joinKinds(a: NumberKind, b: NumberKind): NumberKind {
  if (a === b) return a;
  return a === 'real' || b === 'real' ? 'real' : 'integer';
}

interface Reads {
  readonly sources: readonly Value[];
  readonly index: Int32Array;
}

/** Without the sources that nothing is read of: what is left may be constant. */
function readSources(sources: readonly Value[], index: Int32Array): Reads {
  const sizes = sources.map(({ shape }) => entryCount(shape));
  const owner = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
  let start = 0;
  sizes.forEach((size, s) => {
    owner.fill(s, start, start + size);
    start += size;
  });
  const read = new Uint8Array(sources.length);
  for (const from of index) if (from >= 0) read[owner[from]!] = 1;
  if (!read.includes(0)) return { sources, index };
  let gone = 0;
  const moved = sizes.map((size, s) => {
    if (read[s] === 0) gone += size;
    return gone;
  });
  return {
    sources: sources.filter((_, s) => read[s] === 1),
    index: index.map((from) => (from < 0 ? -1 : from - moved[owner[from]!]!)),
  };
}

export class Moves {
  protected readonly recorder = new Recorder();

  protected operationOf(value: Value): GraphOperation | undefined {
    return isConstant(value) ? undefined : this.recorder.operations[value.id];
  }

  constant(shape: Shape, data: Float64Array | readonly number[], kind: NumberKind = 'real'): Constant {
    fits(data.length === entryCount(shape), `A constant of ${data.length} numbers has shape ${shapeText(shape)}.`);
    return constantOf(shape, data instanceof Float64Array ? data : Float64Array.from(data), kind);
  }

  arrange(sources: readonly Value[], shape: Shape, index: Int32Array, fill = 0): Value {
    invariant(index.length === entryCount(shape), `An index of ${index.length} numbers for ${shapeText(shape)}.`);
    if (!sources.every(isConstant)) this.recorder.bound(shape);
    const kind = sources.map((source) => source.kind).reduce(joinKinds, sources[0]?.kind ?? 'real');
    if (sources.length === 1 && index.length === entryCount(sources[0]!.shape) && index.every((from, i) => from === i))
      return this.reshape(sources[0]!, shape);
    const flat = this.#withoutMoves(sources, index, fill);
    if (flat.sources.every(isConstant)) {
      const numbers = flat.sources.map(({ data }) => data);
      return constantOf(shape, arrangeKernel(numbers, flat.index, fill), kind);
    }
    return this.recorder.record({ op: 'arrange', fill, ...flat }, shape, kind);
  }

  /** Reads through sources that are moves themselves, and leaves out those that nothing reads. */
  #withoutMoves(sources: readonly Value[], index: Int32Array, fill: number): Reads {
    const total = sources.reduce((sum, source) => sum + entryCount(source.shape), 0);
    const seen = new Uint8Array(total);
    for (const from of index) if (from >= 0) seen[from] = 1;
    const origin = new Int32Array(total);
    const flat: Value[] = [];
    const placeOf = new Map<number | Value, number>();
    let next = 0;
    const place = (source: Value): number => {
      const key = isConstant(source) ? source : source.id;
      const known = placeOf.get(key);
      if (known !== undefined) return known;
      placeOf.set(key, next);
      flat.push(source);
      next += entryCount(source.shape);
      return placeOf.get(key)!;
    };
    let at = 0;
    for (const source of sources) {
      const count = entryCount(source.shape);
      const end = at + count;
      if (seen.subarray(at, end).includes(1)) {
        const inner = this.recorder.operationOf(source);
        const moved = inner?.op === 'arrange' ? inner : undefined;
        const through =
          moved && (moved.fill === fill || !moved.index.some((from, i) => from < 0 && seen[at + i] === 1));
        if (through) {
          const places = moved.sources.map((value) => ({ size: entryCount(value.shape), start: place(value) }));
          const start = new Int32Array(places.reduce((sum, { size }) => sum + size, 0));
          let offset = 0;
          for (const { size, start: first } of places)
            for (let i = 0; i < size; i++, offset++) start[offset] = first + i;
          for (let i = 0; i < count; i++) origin[at + i] = moved.index[i]! < 0 ? -1 : start[moved.index[i]!]!;
        } else origin.set(steps(count, 1, place(source)), at);
      }
      at = end;
    }
    return readSources(
      flat,
      index.map((from) => (from < 0 ? -1 : origin[from]!)),
    );
  }

  reshape(x: Value, shape: Shape): Value {
    fits(entryCount(shape) === entryCount(x.shape), `${shapeText(x.shape)} is no ${shapeText(shape)}.`);
    return sameShape(x.shape, shape) ? x : { ...x, shape };
  }

  transpose(x: Value, axes: readonly number[]): Value {
    const isOrder = axes.length === x.shape.length && x.shape.every((_, axis) => axes.includes(axis));
    fits(isOrder, `Axes ${axes.join(', ')} are not those of ${shapeText(x.shape)}.`);
    const shape = axes.map((axis) => x.shape[axis]!);
    return this.arrange([x], shape, transposeIndex(x.shape, axes));
  }

  concat(values: readonly Value[], axis: number): Value {
    fits(values.length > 0, 'A row of no parts, such as the steps of an empty sequence.');
    const first = values[0]!.shape;
    const outer = entryCount(first.slice(0, axis));
    const lengths = values.map((value) => entryCount(value.shape.slice(axis)));
    const row = lengths.reduce((sum, length) => sum + length, 0);
    const index = new Int32Array(outer * row);
    let start = 0;
    let column = 0;
    for (const length of lengths) {
      for (let o = 0; o < outer; o++)
        for (let i = 0; i < length; i++) index[o * row + column + i] = start + o * length + i;
      start += outer * length;
      column += length;
    }
    const shape = first.with(
      axis,
      values.reduce((sum, value) => sum + value.shape[axis]!, 0),
    );
    return this.arrange(values, shape, index);
  }

  slice(x: Value, starts: readonly number[], ends: readonly number[], by?: readonly number[]): Value {
    const strides = stridesOf(x.shape);
    const step = by ?? x.shape.map(() => 1);
    const shape = x.shape.map((_, axis) => Math.max(0, Math.ceil((ends[axis]! - starts[axis]!) / step[axis]!)));
    const tables = shape.map((dim, axis) => steps(dim, step[axis]! * strides[axis]!, starts[axis]! * strides[axis]!));
    return this.arrange([x], shape, indexOf(shape, tables));
  }

  broadcast(x: Value, shape: Shape): Value {
    return sameShape(x.shape, shape) ? x : this.arrange([x], shape, broadcastIndices(x.shape, shape));
  }

  as(x: Value, kind: NumberKind): Value {
    return x.kind === kind ? x : { ...x, kind };
  }
}
