/**
 * The vectors in which a tensor stands when no reader asks for others. Codes, VECTOR a vector, EMPTY where a lane is unused.
 */
import { entryCount } from '../../layers/tensor-shape.ts';
import type { Codes, IntegerTensor } from '../../tensor/quantize/integer.ts';
import { VECTOR } from '../shape.ts';

/** A lane that holds nothing that is read. */
export const EMPTY = -(2 ** 31);

/** Fewest channels that fill lanes of their own. */
const CHANNELS = VECTOR / 2;

type NaturalOf = (code: number) => { readonly tensor: IntegerTensor; readonly vectors: Int32Array };

/** @param naturalOf the natural vectors of the tensor that a code is of */
export function naturalVectors(tensor: IntegerTensor, naturalOf: NaturalOf): Int32Array {
  const { operation, start, size, shape } = tensor;
  switch (operation.op) {
    case 'linear': {
      const [term] = operation.terms;
      if (term && isByChannels(tensor)) return byGroup(start, term.position);
      const follows = term ? centre(term.taps, term.width, term.position) : undefined;
      return (follows ? following(start, follows, naturalOf) : undefined) ?? byShape(start, shape, size);
    }
    case 'maximum':
      return following(start, operation.leaves[0]!, naturalOf) ?? byShape(start, shape, size);
    case 'product':
      return following(start, operation.a, naturalOf) ?? byShape(start, shape, size);
    case 'table':
    case 'step':
    case 'shift':
      return following(start, operation.x, naturalOf) ?? byShape(start, shape, size);
    case 'matmul':
      return rowByRow(start, size, operation.columns);
    case 'take':
      return rowByRow(start, size, operation.table.length / operation.rows);
    case 'input':
      return byShape(start, shape, size);
  }
}

const byChannels = new WeakMap<IntegerTensor, boolean>();

/** Whether positions of a linear operation have channels enough to fill lanes: they stand together, position after position. */
export function isByChannels(tensor: IntegerTensor): boolean {
  const { operation, size } = tensor;
  const known = byChannels.get(tensor);
  if (known !== undefined) return known;
  const [term] = operation.op === 'linear' ? operation.terms : [];
  const is = term !== undefined && size >= CHANNELS * new Set(term.position).size;
  byChannels.set(tensor, is);
  return is;
}

/** Elements with the same number together. */
function byGroup(start: number, group: Int32Array): Int32Array {
  const members = new Map<number, number[]>();
  group.forEach((g, e) => {
    const others = members.get(g);
    if (others) others.push(start + e);
    else members.set(g, [start + e]);
  });
  const vectors: number[] = [];
  for (const codes of members.values()) append(vectors, codes);
  return Int32Array.from(vectors);
}

/** Appends codes in vectors of their own. */
function append(vectors: number[], codes: readonly number[]): void {
  for (const code of codes) vectors.push(code);
  while (vectors.length % VECTOR !== 0) vectors.push(EMPTY);
}

/** The tap that most elements have, where every element has a position of its own. */
function centre(taps: Codes, width: number, position: Int32Array): Codes | undefined {
  if (new Set(position).size !== position.length) return undefined;
  let [best, most] = [0, -1];
  for (let k = 0; k < width; k++) {
    let count = 0;
    for (let at = k; at < taps.length; at += width) if (taps[at]! >= 0) count++;
    if (count > most) [best, most] = [k, count];
  }
  return most < 0 ? undefined : position.map((p) => taps[p * width + best]!);
}

/** The vectors of what an elementwise operation reads, if they are well filled by it. */
function following(start: number, codes: Codes, naturalOf: NaturalOf): Int32Array | undefined {
  const elementOf = new Map<number, number>();
  codes.forEach((code, e) => {
    if (code >= 0) elementOf.set(code, start + e);
  });
  if (elementOf.size < codes.length / 2 || elementOf.size === 0) return undefined;
  const seen = new Set<IntegerTensor>();
  const vectors: number[] = [];
  const placed = new Set<number>();
  for (const code of elementOf.keys()) {
    const { tensor, vectors: natural } = naturalOf(code);
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    for (let v = 0; v < natural.length; v += VECTOR) {
      const lanes = natural.subarray(v, v + VECTOR).map((c) => elementOf.get(c) ?? EMPTY);
      if (!lanes.some((c) => c >= 0)) continue;
      for (const c of lanes) {
        vectors.push(c);
        if (c >= 0) placed.add(c);
      }
    }
  }
  if (vectors.length > 2 * elementOf.size && vectors.length > VECTOR) return undefined;
  const rest = Array.from(codes.keys(), (e) => start + e).filter((c) => !placed.has(c));
  append(vectors, rest);
  return Int32Array.from(vectors);
}

/** As many whole rows of a matrix as a vector holds, or each in vectors of its own. */
function byRows(start: number, size: number, width: number): Int32Array {
  return rowByRow(start, size, Math.max(1, Math.floor(VECTOR / Math.max(width, 1))) * width);
}

/** Runs of so many numbers in vectors of their own. */
function rowByRow(start: number, size: number, chunk: number): Int32Array {
  const vectors: number[] = [];
  for (let at = 0; at < size; at += chunk)
    append(
      vectors,
      Array.from({ length: Math.min(chunk, size - at) }, (_, i) => start + at + i),
    );
  return Int32Array.from(vectors);
}

function byShape(start: number, shape: readonly number[], size: number): Int32Array {
  const dims = shape.filter((d, axis) => d !== 1 || axis >= shape.length - 2);
  if (dims.length < 3 || size !== entryCount(dims)) return byRows(start, size, dims.at(-1) ?? 1);
  const [channels = 1, height = 1, width = 1] = dims.slice(-3);
  const vectors: number[] = [];
  const [tall, wide] = channels >= CHANNELS ? [1, 1] : tile(channels, height, width);
  const image = channels * height * width;
  for (let from = 0; from < size; from += image)
    for (let y = 0; y < height; y += tall)
      for (let x = 0; x < width; x += wide) {
        const codes: number[] = [];
        for (let c = 0; c < channels; c++)
          for (let dy = y; dy < Math.min(y + tall, height); dy++)
            for (let dx = x; dx < Math.min(x + wide, width); dx++)
              codes.push(start + from + (c * height + dy) * width + dx);
        append(vectors, codes);
      }
  return Int32Array.from(vectors);
}

/** The tile of pixels, all channels of which fill a vector: fewest vectors, then the most like a square. */
function tile(channels: number, height: number, width: number): readonly [number, number] {
  let best: readonly [number, number] = [1, 1];
  let least: readonly [number, number] = [Infinity, Infinity];
  for (let tall = 1; tall * channels <= VECTOR; tall++)
    for (let wide = 1; tall * wide * channels <= VECTOR; wide++) {
      const count = Math.ceil(height / tall) * Math.ceil(width / wide);
      const edge = tall + wide;
      if (count > least[0] || (count === least[0] && edge >= least[1])) continue;
      best = [tall, wide];
      least = [count, edge];
    }
  return best;
}
