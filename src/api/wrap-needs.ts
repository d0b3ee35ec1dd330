/** What the final proof takes, before its circuit is built. */
import { FoldError } from '../errors.ts';
import { readPtauHeader } from '../store/ptau-file.ts';
import { developmentKeyNeeds } from '../wrap/groth16/development-key.ts';
import { type Groth16Prover, proveMemory } from '../wrap/groth16/prove.ts';
import { domainPower } from '../wrap/groth16/qap.ts';
import { PUBLIC_INPUTS } from '../wrap/signals.ts';
import type { Budget } from './budget.ts';

/** What the final proof takes, estimated from its constraints; all in bytes. */
export interface WrapNeeds {
  /** Size of the proving key. */
  readonly key: number;
  /** Peak memory of making a development key, and of proving: all processes together. */
  readonly setupMemory: number;
  readonly memory: number;
}

/** Entries of A and B for each constraint: 14.7 and 13.1 in digits512 and zator512; entries of the largest matrix. */
const WRAP_ENTRIES = 15;
const WRAP_LARGEST = 10;
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

/** The power of two of the powers of tau from which a plan's proving key is made. */
export function powersNeeded({ wrapConstraints, wrapKeyPoints }: Budget): number {
  return Math.max(domainPower(wrapConstraints, PUBLIC_INPUTS), Math.ceil(Math.log2(wrapKeyPoints + 1)) - 1);
}

/** Throws E_KEY for a file from which no key of that power can be made, E_FILE, E_FORMAT. Its points are not looked at. */
export async function checkPowersNeeded(ptau: string, power: number): Promise<void> {
  const found = await readPtauHeader(ptau);
  if (found.power < power)
    throw new FoldError('E_KEY', 'The powers-of-tau file is too small for the final proof of this plan.', {
      expected: `power ${power} or more`,
      got: `power ${found.power}`,
      hint: `Take a ceremony file of power ${power}, such as ppot_0080_${power}.ptau (docs/ceremony.md).`,
    });
  if (!found.prepared)
    throw new FoldError('E_KEY', 'The powers-of-tau file is not prepared for phase 2.', {
      expected: 'sections 12 to 15: the Lagrange bases',
      got: 'a file without them',
      hint: `npx snarkjs powersoftau prepare phase2 ${ptau} prepared.ptau`,
    });
}
