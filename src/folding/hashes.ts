/** The hashes of the chain, each with its own domain; E generic, so that circuit and verifier share one text. */

import type { Affine } from '../algebra/params.ts';
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import { type ChainLink, type Commitment, commitmentOf, elementsOfLink, limbsOfCommitment } from './instance.ts';

/** x of the instance of step i (protocol section 6). */
export function hashLink<E>(f: SpongeArithmetic<E>, link: ChainLink<E>): E {
  return hash(f, 'link', elementsOfLink(link));
}

/** m' = H(m, cmM): the model chain after one more step. */
export function extendModelChain<E>(f: SpongeArithmetic<E>, m: E, cmM: Commitment<E>): E {
  return hash(f, 'model-chain', [m, ...limbsOfCommitment(cmM)]);
}

/** m_L: the model chain after the remaining steps of a network, given the commitments to their model blocks. */
export function completeModelChain(f: SpongeArithmetic<bigint>, m: bigint, cmM: readonly Affine[]): bigint {
  return cmM.reduce((chain, cm) => extendModelChain(f, chain, commitmentOf(cm)), m);
}

/** c' = H(c, cmT): the trace chain after one more step. */
export function extendTraceChain<E>(f: SpongeArithmetic<E>, c: E, cmT: Commitment<E>): E {
  return hash(f, 'trace-chain', [c, ...limbsOfCommitment(cmT)]);
}

/** D = H(pp, L, m_L). */
export function hashModel<E>(f: SpongeArithmetic<E>, pp: E, stepsPerNetwork: E, m: E): E {
  return hash(f, 'model', [pp, stepsPerNetwork, m]);
}

/**
 * D = H(L, H(pp, m_L, I)) of a machine's program, I the digest of the descriptor that says how inputs and outputs stand in what it
 * absorbs: L can be opened without the rest.
 */
export function hashProgram<E>(f: SpongeArithmetic<E>, pp: E, stepsPerNetwork: E, m: E, interfaceDigest: E): E {
  return hash(f, 'model', [stepsPerNetwork, hashBody(f, pp, m, interfaceDigest)]);
}

/** What is hashed with L. */
export function hashBody<E>(f: SpongeArithmetic<E>, pp: E, m: E, interfaceDigest: E): E {
  return hash(f, 'model-body', [pp, m, interfaceDigest]);
}

/** D of either kind: of a program where there is an interface. */
export function hashModelOf<E>(
  f: SpongeArithmetic<E>,
  pp: E,
  stepsPerNetwork: E,
  m: E,
  interfaceDigest: E | undefined,
): E {
  return interfaceDigest === undefined
    ? hashModel(f, pp, stepsPerNetwork, m)
    : hashProgram(f, pp, stepsPerNetwork, m, interfaceDigest);
}
