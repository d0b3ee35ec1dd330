/** What a run will take, told before any work and refused where the machine has less. */
import { budgetOf, diskEstimate, memoryEstimate, proofBytes } from '../api/budget.ts';
import { canWrap, forWrap } from '../api/keys.ts';
import { stepSpecOf } from '../api/model.ts';
import type { PlannedModel } from '../api/plan.ts';
import { slotsOf } from '../api/specs.ts';
import type { KeySource } from '../folding/step-system.ts';
import { bytes, count } from '../show/format.ts';
import type { CommandContext } from './context.ts';
import { checkFinalSize } from './final-size.ts';
import { checkDisk, checkMemory, memoryLimit } from './limits.ts';
import { keyName } from './resolve.ts';
import { DEFAULT_KEEP } from './session.ts';
import { planWrapKey, type WrapKeyPlan, wrapBudget } from './wrap-job.ts';

/**
 * Reports the budget of the fold and, unless --no-wrap is given, of the final proof.
 * @param runs how many folders of runs will be written; memory is that of one
 * @param items inputs that each run proves in one chain
 * @returns where the proving key is or will be; undefined without a final proof
 * @throws E_MEMORY, E_DISK, E_NO_KEY, E_PLAN for steps whose final proof would be too large
 */
export async function reportBudget(
  { options, report, env }: CommandContext,
  planned: PlannedModel,
  folder: string,
  workers: number,
  runs = 1,
  items = 1,
): Promise<WrapKeyPlan | undefined> {
  const { system, model, key } = planned;
  const budget = await budgetOf(system, stepSpecOf(model.plan));
  const slots = slotsOf(stepSpecOf(model.plan));
  const limit = memoryLimit(options.maxMemory, env);
  const memory = memoryEstimate(system, model, workers);
  // one more than stay: a new one is whole before the oldest goes; without an interval there is one when the run is interrupted
  const checkpoints = options.checkpointEvery === undefined ? 1 : (options.keep ?? DEFAULT_KEEP) + 1;
  const checkpointBytes = proofBytes(system, model.steps);
  const disk = diskEstimate(system, model, checkpoints, runs);
  const { layers } = model;
  const steps = items * model.steps;
  if (options.wrap !== false) checkFinalSize(budget, slots);
  const wrapKey = options.wrap === false ? undefined : await planWrapKey({ options }, { system, key: forWrap(key) });
  checkMemory(memory, limit, workers);
  await checkDisk(folder, disk);
  const wrap = wrapKey && (await wrapBudget(budget, wrapKey, limit, workers, options.groth16));
  report.fact(
    'budget',
    {
      ...{ items, steps, layers, workers, key: key.name, insecure: key.insecure, memory, disk, ...budget },
      ...(options.checkpointEvery && { checkpoints, checkpointBytes }),
      ...(wrap && { wrapMemory: wrap.memory, wrapKeyBytes: wrap.key, wrapKeyCached: wrap.cached }),
    },
    [
      '',
      `${count(layers)} layers in ${count(model.steps)} steps${slots === undefined ? ' of the tensor machine' : ` of up to ${slots}`}${items > 1 ? `, on ${count(items)} inputs: ${count(steps)} steps` : ''}, ${workers} workers`,
      `  a step: ${count(budget.rows)} rows, ${count(budget.bits)} bits; final proof of ${count(budget.wrapConstraints)} constraints${wrap ? '' : ' (not made)'}`,
      `  fold: peak memory about ${bytes(memory)}, disk about ${bytes(disk)}; the time is estimated from the first steps on`,
      ...(options.checkpointEvery
        ? [
            `  checkpoints: up to ${checkpoints} files of about ${bytes(checkpointBytes)}${runs > 1 ? ' for each run' : ''}, in that disk space`,
          ]
        : []),
      ...(wrap?.lines ?? []),
      `  commitment key ${keyName(key)}${keyNote(key)}`,
      '',
    ],
  );
  return wrapKey;
}

/** What a key means for who relies on the proof. */
function keyNote(key: KeySource): string {
  if (key.insecure) return ': anyone can forge proofs under it';
  return canWrap(key) ? '' : ': sound, no set-up; cannot be wrapped';
}
