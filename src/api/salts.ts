/**
 * What hides private data inside the digests of a statement (protocol sections 2 and 6). A salt of 0 means public: the
 * data stand beside the proof and every reader recomputes the digest. A random salt is kept by the prover and opens it.
 */
import { R } from '../algebra/params.ts';
import { randomElements } from '../folding/random.ts';

export interface RunSalts {
  /** Of the model's commitments: D is a digest of the weights that hides them. Kept with the model, the same in every run. */
  readonly model: bigint;
  /** Of the input digest h_in. */
  readonly input: bigint;
  /** Of the output digest o. */
  readonly output: bigint;
}

export const PUBLIC: RunSalts = { model: 0n, input: 0n, output: 0n };

/** A fresh salt: uniform, never 0. */
export function freshSalt(): bigint {
  for (;;) {
    const [salt] = randomElements(R, 1);
    if (salt !== 0n) return salt!;
  }
}

/**
 * The three salts of step j: of its input, its output and its readout. Digests between steps never leave the final proof;
 * in a run with anything private they are salted all the same. Only the last step's readout is the run's output, but a
 * step does not know that it is the last.
 */
export function stepSalts(salts: RunSalts): { next(): readonly [bigint, bigint, bigint] } {
  const secret = salts.input !== 0n || salts.output !== 0n || salts.model !== 0n;
  let input = salts.input;
  return {
    next() {
      const output = secret ? freshSalt() : 0n;
      const step = [input, output, salts.output] as const;
      input = output;
      return step;
    },
  };
}
