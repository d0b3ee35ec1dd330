/**
 * What follows from a plan's parameters and from large parts of the program: kept in the cache, and taken from there by this very
 * program alone. It is not believed where somebody relies on it: who makes or verifies a key builds its circuit.
 */
import { sameBytes } from '../algebra/same-bytes.ts';
import type { StepSystem } from '../folding/step-system.ts';
import { readCached, writeCached } from '../store/cache.ts';
import { sha256Json } from '../store/digest.ts';
import { programDigest } from '../store/program-digest.ts';
import { hex } from './statement.ts';

/** Kinds of entries in the cache. */
type Kind = 'wrap-circuit' | 'wrap-size';

const idOf = ({ pp }: Pick<StepSystem, 'pp'>): string => sha256Json({ parameters: hex(pp) });

export async function readKept(kind: Kind, system: Pick<StepSystem, 'pp'>): Promise<Uint8Array | undefined> {
  const program = new TextEncoder().encode(programDigest());
  const kept = await readCached(kind, idOf(system));
  const own = kept && sameBytes(kept.subarray(0, program.length), program);
  return own ? kept.subarray(program.length) : undefined;
}

export async function keep(kind: Kind, system: Pick<StepSystem, 'pp'>, content: Uint8Array): Promise<void> {
  await writeCached(kind, idOf(system), Buffer.concat([new TextEncoder().encode(programDigest()), content]));
}
