/**
 * The two files of a final proof, from JSON and to JSON. The verification key carries the step plan of the circuit that it is for, which
 * says how data become digests.
 */
import { FoldError } from '../errors.ts';
import type { StepSpec } from '../machine/spec.ts';
import { parseAnyJson } from '../store/json.ts';
import type { FinalProof, FinalStatement } from '../wrap/final-proof.ts';
import { proofFromJson, verificationKeyFromJson, verificationKeyToJson } from '../wrap/proof-json.ts';
import type { VerificationKey } from '../wrap/verification-key.ts';
import { parseStepSpec } from './specs.ts';

/** Bytes of either file. */
export const MAX_JSON_BYTES = 2 ** 20;

/** A verification key with the plan whose circuit it is for. */
export interface WrapVerificationKey {
  readonly vk: VerificationKey;
  readonly step: StepSpec;
}

/** A proof with what it claims to show. Nothing of it is verified: see `verifyProof`. */
export interface ClaimedProof {
  readonly statement: FinalStatement;
  readonly proof: FinalProof;
}

/** The content of verification_key.json: snarkjs' key, with ours under "layerfold". */
export function keyToJson({ vk, step }: WrapVerificationKey): unknown {
  const json = verificationKeyToJson(vk);
  return { ...json, layerfold: { ...json.layerfold, step } };
}

/**
 * A verification key from the JSON of its file. Whether it can be trusted no file says.
 * @param name of the file, for the error
 * @throws E_FORMAT for what is no key of ours, E_PLAN for a bad step plan
 */
export function keyFromJson(json: unknown, name = 'verification_key.json'): WrapVerificationKey {
  const vk = verificationKeyFromJson(json, name);
  return { vk, step: parseStepSpec((json as { layerfold: { step?: unknown } }).layerfold.step) };
}

/** What a file holds. */
export type Content = string | Uint8Array;

/** The content of verification_key.json. @throws E_FORMAT, E_PLAN, E_TOO_LARGE */
export function parseKey(content: Content, name = 'verification_key.json'): WrapVerificationKey {
  return keyFromJson(parseContent(content, name), name);
}

/** The content of proof.json. @throws E_FORMAT, E_TOO_LARGE */
export function parseProof(content: Content, name = 'proof.json'): ClaimedProof {
  return proofFromJson(parseContent(content, name), name);
}

function parseContent(content: Content, name: string): unknown {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (bytes.length > MAX_JSON_BYTES)
    throw new FoldError('E_TOO_LARGE', `${name} is too large.`, {
      expected: `at most ${MAX_JSON_BYTES} bytes`,
      got: `${bytes.length} bytes`,
    });
  return parseAnyJson(bytes, name);
}
