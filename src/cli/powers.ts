/** The powers of tau that a ceremony's key of a plan takes: named and looked at before anything is made of them. */
import { budgetOf } from '../api/budget.ts';
import { developmentKeySource } from '../api/keys.ts';
import { buildPlan } from '../api/plan.ts';
import { checkPowersNeeded, powersNeeded } from '../api/wrap-needs.ts';
import type { StepSpec } from '../machine/spec.ts';
import type { Reporter } from '../show/reporter.ts';

/** @throws E_KEY for a file that is too small or not prepared, E_FILE, E_FORMAT */
export async function checkPowers(report: Reporter, step: StepSpec, ptau: string): Promise<void> {
  // sizes do not depend on the key
  const { system } = await buildPlan(step, developmentKeySource());
  const power = powersNeeded(await budgetOf(system, step));
  report.fact('powers', { power }, [`powers of tau: of power ${power} or more, prepared for phase 2`]);
  await checkPowersNeeded(ptau, power);
}
