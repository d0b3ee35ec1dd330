/** When a result is taken: its proof holds, by this machine's own parameters, and says what was asked for. */

import type { PlannedModel } from '../api/plan.ts';
import { type Verified, verify } from '../api/verify.ts';
import { revealedBy, type Wrapped } from '../api/wrap.ts';
import { FoldError } from '../errors.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { itemOfState } from '../folding/state.ts';
import type { Unwrapped } from '../runs/provers.ts';
import { parseAnyJson } from '../store/json.ts';
import { decodeProof } from '../store/proof-file.ts';
import { type FinalStatement, STATEMENT } from '../wrap/final-proof.ts';
import { proofFromJson } from '../wrap/proof-json.ts';
import type { VerificationKey } from '../wrap/verification-key.ts';
import { verifyFinal } from '../wrap/verify.ts';
import type { Asked } from './messages.ts';
import { checkStatement } from './prepared.ts';

/** A folded proof that holds and says what was asked for. @throws E_REJECTED, E_FORMAT */
export async function checkFolded(
  bytes: Uint8Array,
  planned: PlannedModel,
  asked: Asked,
): Promise<{ readonly proof: FoldedProof; readonly verified: Verified }> {
  const proof = decodeProof(bytes);
  checkStatement(proof, asked);
  return { proof, verified: await verify(proof, planned, { modelDigest: BigInt(asked.modelDigest) }) };
}

/** What the final proof of a folded one says. */
export function finalStatementOf(run: Unwrapped): FinalStatement {
  const { folded, target } = run;
  const { wires, z, steps } = folded.statement;
  const { hIn, o } = itemOfState(target.system.step.state, z);
  return {
    ...{ modelDigest: wires.modelDigest, inputDigest: hIn, outputDigest: o },
    revealed: revealedBy(target, run),
    ...{ steps: BigInt(steps), root: wires.root },
  };
}

/** A final proof that holds and says what was asked for. @throws E_REJECTED, E_FORMAT */
export function checkFinal(bytes: Uint8Array, key: VerificationKey, asked: FinalStatement): Wrapped {
  const { statement, proof } = proofFromJson(parseAnyJson(bytes, 'proof.json'));
  for (const name of STATEMENT)
    if (statement[name] !== asked[name])
      throw new FoldError('E_REJECTED', `The final proof is of another ${name}.`, {
        expected: `${asked[name]}`,
        got: `${statement[name]}`,
      });
  verifyFinal(key, statement, proof);
  return { statement, proof };
}
