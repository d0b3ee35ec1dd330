/**
 * The final proof and what it says (protocol section 9): one Groth16 proof, and one KZG opening that ties its public
 * inputs to the committed witness.
 *
 * The wrap circuit leaves ONE thing to the outside: that f = p_M + g p_P + g^2 p_Aux + g^3 s, the random combination of the blocks'
 * polynomials, Aux's and s, really takes the two values f(zeta), f(1/zeta) that the circuit used. Everything the outside
 * needs for that (the commitments, zeta, g, the values) stands beside the Groth16 proof, and signals.ts ties it to the
 * circuit by three public inputs.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { domainTag } from '../algebra/sponge.ts';
import { type BlockName, commitmentName } from '../folding/blocks.ts';

/** A point of BN254's G2 over Fq[i]: every coordinate is c0 + c1 i. */
export interface AffineG2 {
  readonly x: { readonly c0: bigint; readonly c1: bigint };
  readonly y: { readonly c0: bigint; readonly c1: bigint };
}

/** The elements of a statement in the order of the signals, the calldata and the interface of the contract. */
export const STATEMENT = ['modelDigest', 'inputDigest', 'outputDigest', 'revealed', 'steps', 'root'] as const;

/** What is proven, as the six elements of Fr that every reader compares. */
export interface StatementOf<E> extends Record<(typeof STATEMENT)[number], E> {
  /** D = H(pp, L, m_L): weights, architecture, quantization and number of steps of the committed network. */
  readonly modelDigest: E;
  /** h_in. */
  readonly inputDigest: E;
  /** o. */
  readonly outputDigest: E;
  /** k: the class plus one, or 0 when it is not revealed. */
  readonly revealed: E;
  /** n, the folded steps. */
  readonly steps: E;
  /** Merkle root of a batch; 0 for a single run. */
  readonly root: E;
}

/** What a final proof shows. */
export type FinalStatement = StatementOf<bigint>;

/** The points of Groth16's part. */
export interface Groth16Points {
  readonly a: Affine;
  readonly b: AffineG2;
  readonly c: Affine;
}

/** Names of the commitments to the polynomials of f, in the order of its powers of g: the blocks', Aux's, then s. */
export function pointNames(blocks: readonly BlockName[]): string[] {
  return [...blocks.map(commitmentName), 'cmAux', 's'];
}

/** What the circuit's transcript and evaluations leave: zeta, g, f(zeta), f(1/zeta). */
export const OPENED = ['zeta', 'g', 'f1', 'f2'] as const;

/** The commitments of the folded instance and of s, and f opened at zeta and 1/zeta. */
export interface FinalOpening extends Readonly<Record<(typeof OPENED)[number], bigint>> {
  /** In the order of the blocks. */
  readonly cms: readonly Affine[];
  /** The commitment to the auxiliary vector (auxiliary/layout.ts). */
  readonly cmAux: Affine;
  readonly s: Affine;
  /** [(f(X) - f(zeta)) / (X - zeta)]_1. */
  readonly w1: Affine;
  /** [(f(X) - f(1/zeta)) / (X - 1/zeta)]_1. */
  readonly w2: Affine;
}

/** A final proof: Groth16, the opening that ties it to the folded instance, and the digest of the signals. */
export interface FinalProof {
  readonly groth16: Groth16Points;
  readonly opening: FinalOpening;
  /** h', the digest of the circuit's signals (signals.ts). */
  readonly signalsDigest: bigint;
}

/** The statement in the order of the signals, the calldata and the contract. */
export function statementWords<E>(statement: StatementOf<E>): E[] {
  return STATEMENT.map((name) => statement[name]);
}

/**
 * What of the statement the wrap's transcript absorbs: not what is revealed. No challenge bears on it, and one folded proof must
 * not have an opening for each k (last-fold.ts).
 */
export function challengedWords<E>(statement: StatementOf<E>): E[] {
  return STATEMENT.filter((name) => name !== 'revealed').map((name) => statement[name]);
}

/** The commitments to the polynomials of f, in the order of `pointNames`. */
export function pointsOf({ cms, cmAux, s }: Pick<FinalOpening, 'cms' | 'cmAux' | 's'>): Affine[] {
  return [...cms, cmAux, s];
}

/** A, B, C; the points of f, W1, W2; zeta, 1/zeta, g, f1, f2, h'. */
export function proofWordCount(blocks: readonly BlockName[]): number {
  return 8 + 2 * (pointNames(blocks).length + 2) + 6;
}

/**
 * The proof as words of 32 bytes, the contract's `bytes proof`: A, B (imaginary parts first, as EIP-197 wants), C,
 * the blocks' cm*, cmAux, [s], W1, W2, zeta, 1/zeta, g, f(zeta), f(1/zeta), h'. zeta must not be 0.
 */
export function proofWords({ groth16: { a, b, c }, opening, signalsDigest }: FinalProof): bigint[] {
  const { w1, w2, zeta, g, f1, f2 } = opening;
  const words = [a.x, a.y, b.x.c1, b.x.c0, b.y.c1, b.y.c0, c.x, c.y];
  for (const point of [...pointsOf(opening), w1, w2]) words.push(point.x, point.y);
  return [...words, zeta, field(R).inv(zeta), g, f1, f2, signalsDigest];
}

/** Words of 32 bytes, big-endian, as Ethereum writes them. */
export function wordBytes(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(32 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    for (let limb = 0; limb < 4; limb++)
      view.setBigUint64(32 * i + 8 * (3 - limb), BigInt.asUintN(64, word >> BigInt(64 * limb)));
  });
  return bytes;
}

/** keccak256 of a domain's tag and words, modulo r: a challenge that the contract computes as well. */
export function wordChallenge(domain: string, words: readonly bigint[]): bigint {
  const digest = keccak_256(wordBytes([domainTag(domain, words.length), ...words]));
  return digest.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) % R;
}

/** Domain of delta. */
export const DELTA = 'wrap-delta';

/**
 * delta = keccak256(tag, proof words, statement words) mod r, which merges the checks into one: Groth16's equation to the
 * power 1, the opening at zeta to the power delta and that at 1/zeta to the power delta^2. It covers W1, W2 and h', so all
 * three are fixed before it: a false one survives with probability at most 2/r for every hash that a forger computes.
 */
export function mergeChallenge(statement: FinalStatement, proof: FinalProof): bigint {
  return wordChallenge(DELTA, [...proofWords(proof), ...statementWords(statement)]);
}
