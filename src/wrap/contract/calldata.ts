/**
 * The call of the verifier contract: `verify(bytes proof, Statement statement)` in Ethereum's ABI.
 *
 *   4        selector
 *   32       where the bytes begin, counted from here: 7 words
 *   6 * 32   statement
 *   32       length of the proof: 768 with two blocks
 *   24 * 32  the proof; two words more with each further block
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { BlockName } from '../../folding/blocks.ts';
import {
  type FinalProof,
  type FinalStatement,
  proofWordCount,
  proofWords,
  STATEMENT,
  statementWords,
  wordBytes,
} from '../final-proof.ts';

const VERIFY_SIGNATURE = 'verify(bytes,(uint256,uint256,uint256,uint256,uint256,uint256))';
/** Selector, offset, statement, length and proof: 1,092 with two blocks, 1,156 with three. */
export function calldataBytes(blocks: readonly BlockName[]): number {
  return 4 + 32 * (1 + STATEMENT.length + 1 + proofWordCount(blocks));
}

/** First four bytes of the hash of a function's signature. */
export function selector(signature: string): Uint8Array {
  return keccak_256(new TextEncoder().encode(signature)).subarray(0, 4);
}

/** Arguments (bytes proof, Statement statement), without a selector: other contracts take the same two. */
export function encodeArguments(statement: FinalStatement, proof: FinalProof): Uint8Array {
  const words = statementWords(statement);
  const bytes = proofWords(proof);
  return wordBytes([BigInt(32 * (1 + words.length)), ...words, BigInt(32 * bytes.length), ...bytes]);
}

/** The bytes to send to the contract. Nothing is checked: that is the contract's work. */
export function encodeCalldata(statement: FinalStatement, proof: FinalProof): Uint8Array {
  return Uint8Array.from([...selector(VERIFY_SIGNATURE), ...encodeArguments(statement, proof)]);
}
