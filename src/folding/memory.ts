/**
 * What is checked where a network of the tensor machine ends (protocol section 6.1): its reads and writes are one multiset
 * identity under three challenges, which are squeezed from the commitments to all of its traces.
 *
 * The challenges stand in the state from the network's first step on, where they are advice; that they are these is shown at its
 * end, when the trace chain is complete. Circuit, native verifier and wrap squeeze with this one text.
 */
import type { Affine } from '../algebra/params.ts';
import { type SpongeArithmetic, Transcript } from '../algebra/sponge.ts';
import { extendTraceChain } from './hashes.ts';
import { commitmentOf } from './instance.ts';
import type { Named } from './state.ts';

/** In the order in which they are squeezed, by their names in the state. */
export const CHALLENGES = ['alpha', 'gamma', 'rho'] as const;

export type MemoryChallenges<E> = Named<E> & Readonly<Record<(typeof CHALLENGES)[number], E>>;

/** What opens the digest of a program and its challenges, beside commitments. */
export interface ProgramOpening<E> {
  /** Digest of the descriptor of inputs and outputs. */
  readonly interfaceDigest: E;
  /** w: digest of what checkpoints will show, fixed before the challenges; 0 where none is planned. */
  readonly planned: E;
}

/** What the challenges depend on. */
export interface ChallengeSource<E> {
  readonly pp: E;
  readonly modelDigest: E;
  /** c_L: the trace chain over all steps of the network. */
  readonly trace: E;
  readonly planned: E;
}

/** Elements that enter the sponge at once: all of them. */
const RATE = 4;

export function squeezeChallenges<E>(
  f: SpongeArithmetic<E>,
  { pp, modelDigest, trace, planned }: ChallengeSource<E>,
): MemoryChallenges<E> {
  const transcript = new Transcript(f, 'memory', RATE);
  transcript.absorb(pp, modelDigest, trace, planned);
  const [alpha, gamma, rho] = CHALLENGES.map(() => transcript.squeeze()) as [E, E, E];
  return { alpha, gamma, rho };
}

/** The prover's: of a network whose traces are all committed. */
export function challengesOf(
  f: SpongeArithmetic<bigint>,
  source: Omit<ChallengeSource<bigint>, 'trace' | 'planned'>,
  cmT: readonly Affine[],
  planned = 0n,
): MemoryChallenges<bigint> {
  const trace = cmT.reduce((chain, cm) => extendTraceChain(f, chain, commitmentOf(cm)), 0n);
  return squeezeChallenges(f, { ...source, trace, planned });
}
