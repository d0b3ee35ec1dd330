/** Step five of the story: check a folded proof with one's own rebuilt parameters (protocol section 8). */

import { type Engine, POINT_BYTES } from '../algebra/engine.ts';
import { type EventListener, stage } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Proven } from '../folding/proven.ts';
import type { KeySource, StepSystem } from '../folding/step-system.ts';
import { type CheckName, verifyFolded } from '../folding/verify.ts';
import type { StepSpec } from '../machine/spec.ts';
import { knownSecret } from '../wrap/known-secrets.ts';
import { buildPlan, type PlannedModel } from './plan.ts';
import { type Asked, checkAsked, checkRoom } from './verify-asked.ts';

/** Of `verify`. */
export interface VerifyOptions extends Asked {
  readonly on?: EventListener | undefined;
}

/** What a folded proof shows. */
export interface Verified {
  readonly steps: number;
  readonly stepsPerNetwork: number;
  readonly modelDigest: bigint;
  /** True when the model digest was compared with one that the verifier gave. */
  readonly pinned: boolean;
  /**
   * True for a key whose tau is known: the proof convinces nobody. Seen by the points that the system commits with, which the
   * proof's parameter digest covers, not by what a key says of itself.
   */
  readonly insecure: boolean;
  readonly checks: readonly CheckName[];
  /** The proof, as one that was verified: `provenBatch` asks for it. */
  readonly proof: Proven<FoldedProof>;
}

/**
 * Verifies a folded proof. `plan` is a planned model, or the step plan and the key that the verifier trusts: its
 * parameters are rebuilt from them and compared with the proof's.
 * @throws E_REJECTED naming the first check that fails, E_FORMAT for values that are not canonical
 */
export async function verify(
  proof: FoldedProof,
  plan: Pick<PlannedModel, 'engine' | 'system'> | { readonly step: StepSpec; readonly key: KeySource },
  options: VerifyOptions = {},
): Promise<Verified> {
  return stage(options.on, 'verify', async () => {
    checkAsked(proof, options);
    if ('step' in plan) checkRoom(proof, plan.step);
    const { engine, system } = 'system' in plan ? plan : await buildPlan(plan.step, plan.key);
    const { wires, steps } = proof.statement;
    const pinned = options.modelDigest !== undefined;
    const checks: CheckName[] = [];
    const proven = verifyFolded(engine, system, proof, (name) => {
      checks.push(name);
      options.on?.({ type: 'check', name });
    });
    return {
      steps,
      stepsPerNetwork: Number(wires.stepsPerNetwork),
      modelDigest: wires.modelDigest,
      pinned,
      insecure: isKnown(engine, system),
      checks,
      proof: proven,
    };
  });
}

/** Whether everyone knows tau, of which the key's point 1 is the multiple of the generator. */
export function isKnown(engine: Engine, { key }: StepSystem): boolean {
  const [tau] = engine.g1.decodePoints(key.subarray(POINT_BYTES, 2 * POINT_BYTES));
  return tau === null || knownSecret(tau!) !== undefined;
}
