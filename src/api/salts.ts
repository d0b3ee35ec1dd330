/**
 * What hides private data inside the digests of a statement (protocol sections 2 and 6). A salt of 0 means public: the
 * data stand beside the proof and every reader recomputes the digest. A random salt is kept by the prover and opens it.
 */
import type { Engine } from '../algebra/engine.ts';
import { R } from '../algebra/params.ts';
import { hash, nativeSponge } from '../algebra/sponge.ts';
import { randomElements } from '../folding/random.ts';

/** What hides the data of a run behind its digests; a salt of 0 hides nothing. */
export interface RunSalts {
  /** Of the model's commitments: D is a digest of the weights that hides them. Kept with the model, the same in every run. */
  readonly model: bigint;
  /** Of the input digest h_in. */
  readonly input: bigint;
  /** Of the output digest o. */
  readonly output: bigint;
}

/** The salts of a run in which nothing is hidden. */
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
 *
 * The salts between steps are pseudorandom: H(seed, j), the seed a hash of the run's secret salts and of its input digest.
 * So a resumed run finds them again with nothing kept beside the salts that open its statement, and only runs of one
 * model, input and salts share them: runs whose activations are the same anyway.
 */
export function stepSalts(
  engine: Engine,
  { model, input, output }: RunSalts,
  inputDigest: bigint,
): (j: number) => readonly [input: bigint, output: bigint, readout: bigint] {
  const sponge = nativeSponge(engine);
  const secret = model !== 0n || input !== 0n || output !== 0n;
  const seed = secret ? hash(sponge, 'step-salts', [model, input, output, inputDigest]) : 0n;
  const after = (j: number): bigint => (secret ? hash(sponge, 'step-salt', [seed, BigInt(j)]) : 0n);
  return (j) => [j === 0 ? input : after(j - 1), after(j), output];
}

/**
 * What the blinding of a machine's traces follows from: like the salts between steps from the run's secret salts and its input
 * digest, so that a resumed run makes the same commitments, and only runs with the same traces share them.
 */
export function traceSeed(engine: Engine, { model, input, output }: RunSalts, inputDigest: bigint): bigint {
  return hash(nativeSponge(engine), 'trace-seed', [model, input, output, inputDigest]);
}
