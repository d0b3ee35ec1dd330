/** The checkpoints of `fold prove`: written to the run's folder, announced as events. */
import type { CheckpointInterval, CheckpointOptions } from '../api/checkpoints.ts';
import { verifyOwn } from '../api/own-proof.ts';
import type { PlannedModel } from '../api/plan.ts';
import { layersProven } from '../api/prove.ts';
import { hex } from '../api/statement.ts';
import type { EventListener, ItemEvent, ProgressEvent } from '../events.ts';
import { itemsBegun } from '../folding/proof.ts';
import { itemOfState } from '../folding/state.ts';
import { activationsOf } from '../report/chain-words.ts';
import { writeCheckpoint } from '../store/checkpoints.ts';
import { encodeProof } from '../store/proof-file.ts';

export interface CheckpointJob {
  readonly planned: PlannedModel;
  /** Names of a batch's items, in the order of proving; undefined for a single run. */
  readonly ids: readonly string[] | undefined;
  readonly folder: string;
  readonly runId: string;
  readonly every: CheckpointInterval | undefined;
  /** Number of checkpoints that stay. */
  readonly keep: number;
  /** Verify each before it is announced. */
  readonly selfVerify: boolean;
  /** sha256 of the checkpoint that the run goes on from. */
  readonly from: string | undefined;
}

/** What `prove` is to do about checkpoints, and the listener that it must report to. */
export function checkpointing(
  job: CheckpointJob,
  on: (event: ItemEvent) => void,
): { readonly checkpoints: CheckpointOptions; readonly on: EventListener } {
  const { planned, ids, folder, runId, keep, selfVerify } = job;
  const perNetwork = BigInt(planned.model.steps);
  let previous = job.from;
  let seq = 0;
  let etaSecs = 0;
  const listen = (event: ProgressEvent): void => {
    if (event.type === 'step') etaSecs = event.secondsLeft;
    on(event.type === 'step' && ids ? { ...event, itemId: ids[itemsBegun(event.step, perNetwork) - 1]! } : event);
  };
  return {
    on: listen,
    checkpoints: {
      every: job.every,
      save: async (proof) => {
        const { wires, z, steps: step } = proof.statement;
        const { state } = planned.system.step;
        if (selfVerify) await verifyOwn(proof, planned, { modelDigest: wires.modelDigest, prefix: true });
        const { file, bytes, sha256 } = await writeCheckpoint(folder, step, encodeProof(proof), keep);
        on({
          type: 'checkpoint',
          seq: ++seq,
          runId,
          itemId: ids?.[itemsBegun(step, perNetwork) - 1] ?? null,
          step,
          steps: planned.model.steps * (ids?.length ?? 1),
          layers: layersProven(planned.model, step),
          modelDigest: hex(wires.modelDigest),
          planDigest: hex(wires.pp),
          inputDigest: hex(itemOfState(state, z).hIn),
          activationDigest: activationsOf(proof, state),
          file,
          bytes,
          sha256,
          previousSha256: previous ?? null,
          selfVerified: selfVerify,
          etaSecs,
          rss: process.memoryUsage.rss(),
        });
        previous = sha256;
      },
    },
  };
}
