/** How many constraints the final proof of a plan has: counted once, and kept. */
import { z } from 'zod';
import type { StepSystem } from '../folding/step-system.ts';
import type { StepSpec } from '../machine/spec.ts';
import { inTurns } from '../turns.ts';
import { wrapConstraints } from '../wrap/count.ts';
import { keep, readKept } from './kept.ts';
import { readoutOf } from './specs.ts';

const Kept = z.int().positive();

/** @throws E_ABORTED */
export async function wrapSize(system: StepSystem, spec: StepSpec, signal?: AbortSignal): Promise<number> {
  const kept = numberIn(await readKept('wrap-size', system));
  if (kept !== undefined) return kept;
  const counted = await inTurns(wrapConstraints({ system, readout: readoutOf(spec) }), signal);
  await keep('wrap-size', system, new TextEncoder().encode(`${counted}`));
  return counted;
}

function numberIn(text: Uint8Array | undefined): number | undefined {
  return text && Kept.safeParse(Number(new TextDecoder().decode(text))).data;
}
