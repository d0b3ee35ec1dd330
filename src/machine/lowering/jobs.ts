/**
 * What a program consists of before it has an order: vectors, and the jobs that compute them. A job is one lane vector of the
 * machine (with as many rows of the bank as its sum needs), a look-up is one index vector. Which step does what, and so every
 * address, is decided by the scheduler (schedule.ts).
 */
import { invariant } from '../../errors.ts';
import { SHIFT, VECTOR } from '../shape.ts';
import type { WeightClass } from './weights.ts';

/** Vector 0: sixteen zeros. */
export const ZERO_VECTOR = 0;

/** In a lane of a look-up that reads no table. */
export const NO_TABLE = -1;

/** How a vector comes into the memory. */
export type Origin =
  | { readonly from: 'constant'; readonly place: number }
  | { readonly from: 'input'; readonly place: number }
  | { readonly from: 'job' | 'lookup'; readonly place: number };

/** out = m1 y + m2 rem + m3 relu(y) + m4 Y, the accumulator has m5 Y. */
export type Multipliers = readonly [m1: number, m2: number, m3: number, m4: number, m5: number];

export const UNIT = 2 ** SHIFT;

/** out = y */
export const PLAIN: Multipliers = [1, 0, 0, 0, 0];

/** The accumulator, kept whole for the next row of the same sum. */
export const RAW: Multipliers = [UNIT, 1, 0, 0, 1];

export interface Job {
  /** Sum over blocks of weights times vectors, if it has one. */
  readonly weights: WeightClass | undefined;
  /** Pairs of (block of the weights, vector that it reads). */
  readonly reads: Int32Array;
  /** The lane product's operands; ZERO_VECTOR for none. */
  readonly left: number;
  readonly right: number;
  readonly y: number;
  readonly m: Multipliers;
  /** One number a lane, or undefined for zeros. */
  readonly bias: Float64Array | undefined;
  readonly result: number;
  /** Node of the network. */
  readonly node: string;
}

export interface Lookup {
  readonly index: number;
  /** What the index is multiplied by. */
  readonly multiplier: number;
  /** By lane: the table that is read (NO_TABLE: the zero vector, the index is 0), and what is added to the product and its address. */
  readonly tables: Int32Array;
  readonly base: Int32Array;
  readonly values: number;
  readonly slopes: number;
  /** Node of the network. */
  readonly node: string;
}

/** The two numbers of a table's entry. */
export type Entry = readonly [number, number];

/** A table of constants at addresses that an index steps through: `perStep` entries in each of its steps. */
export interface TableRegion {
  /** Undefined: a vector of zeros that no look-up finds. */
  readonly entries: readonly (Entry | undefined)[];
  readonly perStep: number;
}

export class JobList {
  origins: Origin[] = [{ from: 'constant', place: 0 }];
  /** Bit l: lane l may be other than zero. */
  used: number[] = [0];
  constants: Float64Array[] = [new Float64Array(VECTOR)];
  jobs: Job[] = [];
  readonly lookups: Lookup[] = [];
  readonly tables: TableRegion[] = [];
  inputs = 0;
  #constantVectors = new Map<string, number>([[new Float64Array(VECTOR).join(), ZERO_VECTOR]]);

  /** One to which more can be added without that this one changes. */
  copy(): JobList {
    const copy = Object.assign(new JobList(), this);
    copy.origins = [...this.origins];
    copy.used = [...this.used];
    copy.constants = [...this.constants];
    copy.jobs = [...this.jobs];
    copy.#constantVectors = new Map(this.#constantVectors);
    return copy;
  }

  constant(values: Float64Array): number {
    invariant(values.length === VECTOR, `a constant vector of ${values.length} numbers`);
    const key = values.join();
    let vector = this.#constantVectors.get(key);
    if (vector === undefined) {
      const used = values.reduce((bits, value, l) => (value === 0 ? bits : bits | (1 << l)), 0);
      vector = this.#vector({ from: 'constant', place: this.constants.push(values) - 1 }, used);
      this.#constantVectors.set(key, vector);
    }
    return vector;
  }

  /** A vector of sixteen times the same number. */
  uniform(value: number): number {
    return this.constant(new Float64Array(VECTOR).fill(value));
  }

  input(used: number): number {
    return this.#vector({ from: 'input', place: this.inputs++ }, used);
  }

  /** @param used lanes that may be other than zero */
  job(job: Partial<Omit<Job, 'result' | 'node' | 'm'>> & Pick<Job, 'm' | 'node'>, used: number): number {
    const result = this.#vector({ from: 'job', place: this.jobs.length }, used);
    this.jobs.push({
      weights: undefined,
      reads: NO_READS,
      left: ZERO_VECTOR,
      right: ZERO_VECTOR,
      y: ZERO_VECTOR,
      bias: undefined,
      ...job,
      result,
    });
    return result;
  }

  lookup(lookup: Omit<Lookup, 'values' | 'slopes'>, used: number): { values: number; slopes: number } {
    const place = this.lookups.length;
    const values = this.#vector({ from: 'lookup', place }, used);
    const slopes = this.#vector({ from: 'lookup', place }, used);
    this.lookups.push({ ...lookup, values, slopes });
    return { values, slopes };
  }

  #vector(origin: Origin, used: number): number {
    this.used.push(used);
    return this.origins.push(origin) - 1;
  }
}

const NO_READS = new Int32Array(0);
