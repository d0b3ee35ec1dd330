/**
 * The wrap circuit of a plan: built, or taken from the cache. It depends on the plan and the commitment key only, so it serves every depth
 * of a network, every input and every reveal mode.
 */
import { invariant } from '../errors.ts';
import { counter, type EventListener, stage } from '../events.ts';
import type { StepSpec } from '../machine/spec.ts';
import { inTurns } from '../turns.ts';
import { wrapCircuit } from '../wrap/circuit.ts';
import type { Groth16Prover } from '../wrap/groth16/prove.ts';
import type { R1cs } from '../wrap/r1cs/r1cs.ts';
import { R1csShape } from '../wrap/r1cs/shape.ts';
import { decodeR1cs, encodeR1cs } from '../wrap/r1cs/stored.ts';
import { keep, readKept } from './kept.ts';
import type { CommitmentKeySource } from './keys.ts';
import type { PlannedModel } from './plan.ts';
import { readoutOf } from './specs.ts';
import { wrapSize } from './wrap-size.ts';

/** What a wrap is made for: the step system of a plan on a commitment key. */
export type WrapTarget = Pick<PlannedModel<CommitmentKeySource>, 'engine' | 'system' | 'key'> & {
  readonly step: StepSpec;
};

/** Of `wrap`. */
export interface WrapOptions {
  readonly workers?: number | undefined;
  /** Our own kernels unless it is said. */
  readonly groth16?: Groth16Prover | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly on?: EventListener | undefined;
}

type CircuitOptions = Pick<WrapOptions, 'signal' | 'on'>;

/** The wrap circuit of a plan as an R1CS: some 120,000 constraints and more, built in seconds. @throws E_ABORTED */
export async function buildWrap(target: WrapTarget, options: Pick<WrapOptions, 'signal' | 'on'> = {}): Promise<R1cs> {
  return stage(options.on, 'wrap-circuit', () => builtCircuit(target, options));
}

/**
 * The same to prove with: kept in the cache, and taken from there where this very program has built it before. Who makes or verifies a
 * key builds it (`anew`); a proof is verified when it is made, so that nobody has to believe the cache.
 */
export async function openCircuit(
  target: WrapTarget,
  options: CircuitOptions & { readonly anew: boolean },
): Promise<R1cs> {
  return stage(options.on, 'wrap-circuit', async () => {
    const kept = options.anew ? undefined : await readKept('wrap-circuit', target.system);
    const found = kept && decodeR1cs(kept);
    if (found) return found;
    const r1cs = await builtCircuit(target, options);
    await keep('wrap-circuit', target.system, encodeR1cs(r1cs));
    return r1cs;
  });
}

async function builtCircuit(target: WrapTarget, { signal, on }: CircuitOptions): Promise<R1cs> {
  const shape = new R1csShape();
  const noAdvice = (): never => invariant(false, 'a shape has no advice') as never;
  const plan = wrapPlan(target);
  const total = await wrapSize(target.system, target.step, signal);
  const told = counter(on, 'wrap-circuit', 'constraints');
  await inTurns(wrapCircuit(shape, plan, noAdvice), signal, () => told(shape.constraints, total));
  return shape.finish();
}

export const wrapPlan = ({ system, step }: WrapTarget) => ({ system, readout: readoutOf(step) });
