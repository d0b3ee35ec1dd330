/** The hashes of the chain, each with its own domain; E generic, so that circuit and verifier share one text. */
import { hash, type SpongeArithmetic } from '../algebra/sponge.ts';
import { type ChainLink, type Commitment, elementsOfLink, limbsOfCommitment } from './instance.ts';

/** x of the instance of step i (protocol section 6). */
export function hashLink<E>(f: SpongeArithmetic<E>, link: ChainLink<E>): E {
  return hash(f, 'link', elementsOfLink(link));
}

/** m' = H(m, cmM): the model chain after one more step. */
export function extendModelChain<E>(f: SpongeArithmetic<E>, m: E, cmM: Commitment<E>): E {
  return hash(f, 'model-chain', [m, ...limbsOfCommitment(cmM)]);
}

/** D = H(pp, L, m_L). */
export function hashModel<E>(f: SpongeArithmetic<E>, pp: E, stepsPerNetwork: E, m: E): E {
  return hash(f, 'model', [pp, stepsPerNetwork, m]);
}
