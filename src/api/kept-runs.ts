/** Runs of a program that are shown first and proven next, so that each is made once: the last one, and others as far as memory goes. */
import type { IntegerResult } from '../ir/run.ts';
import type { Memory } from '../machine/memory.ts';

/** A run of a program, with the memory that its steps' traces follow from. */
export interface TracedRun {
  readonly output: IntegerResult;
  readonly memory: Memory;
}

interface KeptRun {
  readonly integers: Float64Array;
  readonly run: TracedRun;
}

export class KeptRuns {
  readonly #bytes: number;
  /** In the order of running. */
  #kept: KeptRun[] = [];

  /** @param bytes of all memories that are kept, unless the last one alone is larger */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  of(integers: Float64Array): TracedRun | undefined {
    return this.#kept.find((kept) => kept.integers.every((v, k) => v === integers[k]))?.run;
  }

  /**
   * The last run always stays. Of a batch, whose items are all run before the first is proven, the first ones do: they are
   * proven first.
   */
  add(integers: Float64Array, run: TracedRun): void {
    const bytes = [...this.#kept, { run }].reduce((n, some) => n + bytesOf(some.run), 0);
    this.#kept = [...(bytes > this.#bytes ? this.#kept.slice(0, -1) : this.#kept), { integers, run }];
  }

  remove(run: TracedRun): void {
    this.#kept = this.#kept.filter((kept) => kept.run !== run);
  }
}

const bytesOf = ({ memory: { vectors, reads, sums } }: TracedRun): number =>
  vectors.byteLength + reads.byteLength + sums.byteLength;
