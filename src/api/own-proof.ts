/**
 * The verification of what was made here. A proof of one's own that does not hold is never "checked and false": it is a fault of
 * the key, of the machine or of this program, and the error says which.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { decodeCompressed } from '../store/compressed-file.ts';
import type { FinalProof, FinalStatement } from '../wrap/final-proof.ts';
import { damagedKey, keyDigests } from '../wrap/groth16/key-digest.ts';
import { type FinalCheck, verifyFinal } from '../wrap/verify.ts';
import { type KeyedParameters, verifyCompressedProof } from './compress.ts';
import type { PlannedModel } from './plan.ts';
import { type Verified, type VerifyOptions, verify } from './verify.ts';
import type { WrapKey } from './wrap-key.ts';

const HINT =
  'Run it again: a fault of memory does not come twice. If this does, please report it with the command that led to it.';

/** As `verify`. @throws E_BUG for a folded proof that does not hold */
export async function verifyOwn(
  proof: FoldedProof,
  planned: PlannedModel,
  options: VerifyOptions = {},
): Promise<Verified> {
  try {
    return await verify(proof, planned, options);
  } catch (error) {
    throw isRejected(error) ? fault('A folded proof that was made here does not hold.', error) : error;
  }
}

/** As `verifyCompressedProof`, of the bytes that were made. @throws E_BUG for a compressed proof that does not hold */
export async function verifyOwnCompressed(
  file: Uint8Array,
  parameters: KeyedParameters,
  on?: EventListener,
): Promise<void> {
  try {
    await verifyCompressedProof(decodeCompressed(file), parameters, { prefix: true, on });
  } catch (error) {
    throw isRejected(error) ? fault('A compressed proof that was made here does not hold.', error) : error;
  }
}

/**
 * As `verifyFinal`.
 * @throws E_KEY for a final proof that does not hold because of its proving key, E_BUG for one that does not although the key is
 *   what it was when it was made
 */
export async function verifyOwnFinal(
  { path, verification, renewable }: Omit<WrapKey, 'insecure'>,
  statement: FinalStatement,
  proof: FinalProof,
  passed: (check: FinalCheck) => void,
): Promise<void> {
  const held: FinalCheck[] = [];
  try {
    verifyFinal(verification, statement, proof, (check) => {
      held.push(check);
      passed(check);
    });
  } catch (error) {
    if (!isRejected(error)) throw error;
    const digests = await keyDigests(path);
    // the opening is made with the commitment key, whose points were checked when they were read
    const ofKey = held.includes('canonical') && !held.includes('groth16');
    if (!ofKey || digests.expected === digests.got)
      throw fault('A final proof that was made here does not hold, although its proving key is whole.', error);
    throw damagedKey(path, digests, renewable);
  }
}

const isRejected = (error: unknown): error is FoldError => error instanceof FoldError && error.code === 'E_REJECTED';

function fault(message: string, { message: got, cause: _, ...facts }: FoldError): FoldError {
  return new FoldError('E_BUG', message, {
    expected: 'a proof that holds',
    got: `${got} ${facts.got ?? ''}`.trim(),
    hint: HINT,
  });
}
