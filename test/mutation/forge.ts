/**
 * Forged witnesses that violate one given row and no other: the circuit is run again with one or two of the row's own
 * variables replaced, and everything after them computed from the lie.
 */
import type { Cheat } from '../helpers/circuit.ts';
import type { Situation } from './circuits/circuit.ts';
import { type RecordedRow, type Recorder, rowValue } from './recorder.ts';

/** Rows that do not vanish. An S-box's never does not: what follows a lie is computed from it. */
export function violatedRows(recorder: Recorder): number[] {
  return recorder.recorded.flatMap((row, k) => (row.sbox || rowValue(recorder, row) === 0n ? [] : [k]));
}

export type Lie = readonly [place: string, value: (honest: bigint) => bigint];

export interface Recorded {
  readonly situation: Situation;
  readonly recorder: Recorder;
}

/** Lies about variables of row `index` that violate that row alone, in some situation. */
export function forgeries(recorded: readonly Recorded[], index: number): readonly Lie[] | undefined {
  for (const count of [1, 2]) {
    for (const { situation, recorder } of recorded) {
      const lies = liesAbout(recorder, index).slice(0, count === 1 ? MOST_SINGLE : MOST_PAIRED);
      const sets = count === 1 ? lies.map((lie) => [lie]) : pairs(lies);
      const found = sets.find((set) => forged(situation, set, index));
      if (found) return found;
    }
  }
  return undefined;
}

/** Lies that are tried, alone and two at a time: enough for a range, a selection, or advice and what shows it. */
const MOST_SINGLE = 12;
const MOST_PAIRED = 6;

function pairs(lies: readonly Lie[]): Lie[][] {
  return lies.flatMap((a, k) => lies.slice(k + 1).flatMap((b) => (a[0] === b[0] ? [] : [[a, b]])));
}

/** The witness that follows from lies, where it violates row `index` alone. */
export function forged(situation: Situation, lies: readonly Lie[], index: number): Recorder | undefined {
  const cheat: Cheat = (kind, at, value) => {
    const lie = lies.find(([place]) => place === `${kind} ${at}`);
    return lie ? lie[1](value()) : value();
  };
  try {
    const recorder = situation.record(cheat);
    const violated = violatedRows(recorder);
    return violated.length === 1 && violated[0] === index ? recorder : undefined;
  } catch {
    // no such witness can be written: an inverse of 0, say
    return undefined;
  }
}

/** About the row's own fields, fields of a row beside it, and the ends of its groups of bits. */
function liesAbout(honest: Recorder, index: number): Lie[] {
  const { recorded, allocations } = honest;
  const row = recorded[index]!;
  const own = variablesOf(row);
  // advice of the same function: an inverse beside the indicator that it shows
  const near = [recorded[index - 1], recorded[index + 1]].filter(
    (r) => r && r.chain.at(-1)?.name === row.chain.at(-1)?.name,
  );
  const kind = (v: number) => allocations.get(v)?.kind;
  const bits = own.filter((v) => kind(v) === 'bits');
  const group = (v: number) => allocations.get(v)!.index;
  const variables = new Set([
    ...own.filter((v) => kind(v) === 'field').reverse(),
    ...near.flatMap((r) => variablesOf(r!)).filter((v) => kind(v) === 'field'),
    ...bits.filter((v, k) => group(v) !== group(bits[k - 1] ?? v) || k === 0),
    ...bits.filter((v, k) => k + 1 < bits.length && group(v) !== group(bits[k + 1]!)),
  ]);
  return [...variables].flatMap((v): Lie[] => {
    const { kind, index, bit } = allocations.get(v)!;
    const place = `${kind} ${index}`;
    if (kind === 'bits') return [[place, (value) => value ^ (1n << BigInt(bit))]];
    const constants = [0n, 1n].filter((c) => c !== honest.valueAt(v)).map((c): Lie => [place, () => c]);
    return [...constants, [place, (value) => value + 1n]];
  });
}

/** But u. */
export function variablesOf({ products, sbox }: RecordedRow): number[] {
  const forms = sbox ?? products.flat();
  return [...new Set(forms.flatMap((form) => form.vars))].filter((v) => v !== 0);
}
