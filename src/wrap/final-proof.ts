/**
 * The final proof and what it says (protocol section 9): one Groth16 proof, and one KZG opening that ties its public
 * inputs to the committed witness.
 *
 * The wrap circuit leaves ONE thing to the outside: that f = p_M + g p_P + g^2 s, the random combination of the blocks'
 * polynomials and s, really takes the two values f(zeta), f(1/zeta) that the circuit used. Everything the outside
 * needs for that (the commitments, zeta, g, the values) is therefore public, in the order of `publicSignals`.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { limbsOf } from '../circuit/gadgets/fq.ts';
import { BLOCKS } from '../folding/blocks.ts';

/** A point of BN254's G2 over Fq[i]: every coordinate is c0 + c1 i. */
export interface AffineG2 {
  readonly x: { readonly c0: bigint; readonly c1: bigint };
  readonly y: { readonly c0: bigint; readonly c1: bigint };
}

/** What is proven, as the six elements of Fr that every reader compares. */
export interface FinalStatement {
  /** D = H(pp, L, m_L): weights, architecture, quantization and number of steps of the committed network. */
  readonly modelDigest: bigint;
  /** h_in. */
  readonly inputDigest: bigint;
  /** o. */
  readonly outputDigest: bigint;
  /** k: the class plus one, or 0 when it is not revealed. */
  readonly revealed: bigint;
  /** n, the folded steps. */
  readonly steps: bigint;
  /** Merkle root of a batch; 0 for a single run. */
  readonly root: bigint;
}

interface Groth16Points {
  readonly a: Affine;
  readonly b: AffineG2;
  readonly c: Affine;
}

/** The commitments of the folded instance and of s, and f opened at zeta and 1/zeta. */
export interface FinalOpening {
  /** In the order of the blocks. */
  readonly cms: readonly Affine[];
  readonly s: Affine;
  /** [(f(X) - f(zeta)) / (X - zeta)]_1. */
  readonly w1: Affine;
  /** [(f(X) - f(1/zeta)) / (X - 1/zeta)]_1. */
  readonly w2: Affine;
  readonly zeta: bigint;
  readonly g: bigint;
  /** f(zeta). */
  readonly f1: bigint;
  /** f(1/zeta). */
  readonly f2: bigint;
}

export interface FinalProof {
  readonly groth16: Groth16Points;
  readonly opening: FinalOpening;
}

/** Public inputs of the wrap circuit: the statement, limbs of the commitments and of [s], zeta, g, f1, f2. */
export const PUBLIC_SIGNALS = 6 + 4 * (BLOCKS.length + 1) + 4;

/** The six elements in the order of the circuit, the calldata and public.json. */
export function statementWords(s: FinalStatement): bigint[] {
  return [s.modelDigest, s.inputDigest, s.outputDigest, s.revealed, s.steps, s.root];
}

/**
 * The 22 public inputs: statement, limbs (136 low, 118 high bits of x, then of y) of cmM*, cmP* and [s], then zeta, g,
 * f(zeta), f(1/zeta). Always computed from the points, never read: two encodings of one point cannot exist.
 */
export function publicSignals(statement: FinalStatement, opening: FinalOpening): bigint[] {
  const { cms, s, zeta, g, f1, f2 } = opening;
  const limbs = [...cms, s]
    .flatMap((point) => [point.x, point.y])
    .map(limbsOf)
    .flatMap(({ lo, hi }) => [lo, hi]);
  return [...statementWords(statement), ...limbs, zeta, g, f1, f2];
}

/**
 * The proof as 23 words of 32 bytes, the contract's `bytes proof`: A, B (imaginary parts first, as EIP-197 wants), C,
 * cmM*, cmP*, [s], W1, W2, zeta, 1/zeta, g, f(zeta), f(1/zeta). zeta must not be 0.
 */
export function proofWords({ groth16: { a, b, c }, opening }: FinalProof): bigint[] {
  const { cms, s, w1, w2, zeta, g, f1, f2 } = opening;
  const words = [a.x, a.y, b.x.c1, b.x.c0, b.y.c1, b.y.c0, c.x, c.y];
  for (const point of [...cms, s, w1, w2]) words.push(point.x, point.y);
  return [...words, zeta, field(R).inv(zeta), g, f1, f2];
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

/**
 * delta = keccak256(proof words, statement words) mod r, which merges the checks into one: Groth16's equation to the
 * power 1, the opening at zeta to the power delta and that at 1/zeta to the power delta^2. It covers W1 and W2, so all
 * three are fixed before it: a false one survives with probability at most 2/r for every hash that a forger computes.
 */
export function mergeChallenge(statement: FinalStatement, proof: FinalProof): bigint {
  const digest = keccak_256(wordBytes([...proofWords(proof), ...statementWords(statement)]));
  return digest.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) % R;
}
