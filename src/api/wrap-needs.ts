/** What the final proof takes, before its circuit is built. */

import { developmentKeyNeeds } from '../wrap/groth16/development-key.ts';
import { type Groth16Prover, proveMemory } from '../wrap/groth16/prove.ts';
import { domainPower } from '../wrap/groth16/qap.ts';
import { PUBLIC_INPUTS } from '../wrap/signals.ts';

/** What the final proof takes, estimated from its constraints; all in bytes. */
export interface WrapNeeds {
  /** Size of the proving key. */
  readonly key: number;
  /** Peak memory of making a development key, and of proving: all processes together. */
  readonly setupMemory: number;
  readonly memory: number;
}

/** Entries of A and B for each constraint: 7.3 and 7.5 in the two bundled networks; entries of the largest matrix. */
const WRAP_ENTRIES = 8;
const WRAP_LARGEST = 5;
/** The circuit, its witness and the folded proof in the main process. */
const WRAP_PROCESS = 1.6e9;

/** Upper estimates for a wrap of so many constraints (`budgetOf`). */
export function wrapNeeds(constraints: number, workers: number, prover?: Groth16Prover): WrapNeeds {
  const sizes = {
    signals: constraints,
    domain: 2 ** domainPower(constraints, PUBLIC_INPUTS),
    entries: WRAP_ENTRIES * constraints,
    largest: WRAP_LARGEST * constraints,
    coefficients: constraints,
  };
  const { disk, memory } = developmentKeyNeeds(sizes, workers);
  return {
    key: disk,
    setupMemory: WRAP_PROCESS + memory,
    memory: WRAP_PROCESS + proveMemory(sizes, { prover, workers }),
  };
}
