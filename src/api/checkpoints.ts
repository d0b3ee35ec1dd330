/**
 * Checkpoints of a run under way: each is the complete folded proof of the steps so far (protocol section 8), so that
 * anyone can check it and a later run goes on from it.
 *
 * The proof is copied between two steps; writing it overlaps with the next step, at most one at a time.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { itemOfState } from '../folding/state.ts';
import type { PlannedModel } from './plan.ts';
import { hex } from './statement.ts';
import { verify } from './verify.ts';

/** How often the progress of a run is kept: every so many steps, or seconds. */
export type CheckpointInterval = { readonly steps: number } | { readonly seconds: number };

/** Where the progress of a run is kept, and how often. */
export interface CheckpointOptions {
  /** Without it there is one checkpoint only: when the run is cancelled. */
  readonly every?: CheckpointInterval | undefined;
  /** Keeps a proof; an error ends the run. */
  readonly save: (proof: FoldedProof) => Promise<void>;
}

/** Decides when a checkpoint is due and takes it. */
export class Checkpointer {
  readonly #options: CheckpointOptions | undefined;
  readonly #now: () => number;
  #last: number;
  #saved = 0;
  #saving: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  /** @param now milliseconds */
  constructor(options: CheckpointOptions | undefined, now: () => number = () => performance.now()) {
    this.#options = options;
    this.#now = now;
    this.#last = now();
  }

  /** Is one due after `steps` steps of the network? With an interval always after the last step. Throws what saving threw. */
  due(steps: number, complete: boolean): boolean {
    if (this.#failure) throw this.#failure.error;
    const every = this.#options?.every;
    if (!every) return false;
    if (complete) return true;
    return 'steps' in every ? steps % every.steps === 0 : this.#now() - this.#last >= 1000 * every.seconds;
  }

  /** Takes the proof and begins to save it; waits for the one before. */
  async take(proof: FoldedProof): Promise<void> {
    await this.#saving;
    if (!this.#options || this.#saved === proof.statement.steps) return;
    this.#last = this.#now();
    this.#saved = proof.statement.steps;
    this.#saving = this.#options.save(proof);
    this.#saving.catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** Until everything taken is saved. */
  async settle(): Promise<void> {
    await this.#saving;
  }
}

/**
 * Throws unless a chain of this model, plan and input can go on from `proof`.
 * @param expected digests of the run that is to be resumed
 * @throws E_REJECTED saying what the checkpoint is of, or naming the check of the proof that fails
 */
export async function checkResumable(
  proof: FoldedProof,
  planned: PlannedModel,
  expected: { readonly modelDigest: bigint; readonly root: bigint; readonly inputDigest: bigint | undefined },
  on: EventListener | undefined,
): Promise<void> {
  const { wires, z } = proof.statement;
  const same = (what: string, want: bigint, got: bigint): void => {
    if (want !== got)
      throw new FoldError('E_REJECTED', `The checkpoint is of another ${what}.`, {
        expected: hex(want),
        got: hex(got),
        hint: 'Resume with what the run was started with, or start anew with --force.',
      });
  };
  same('plan, commitment key or version of the step circuit', planned.system.pp, wires.pp);
  same('model', expected.modelDigest, wires.modelDigest);
  same('batch: its inputs, their order or their salts', expected.root, wires.root);
  // undefined: more steps than the inputs have, which another root or the proof's own check of steps refuses. A machine absorbs its
  // input step by step: that its challenges are those of this input's traces is seen when the steps are made again
  if (expected.inputDigest !== undefined && planned.system.step.state.kind === 'layers')
    same('input, or has other salts', expected.inputDigest, itemOfState(planned.system.step.state, z).hIn);
  await verify(proof, planned, { modelDigest: expected.modelDigest, prefix: true, on });
}
