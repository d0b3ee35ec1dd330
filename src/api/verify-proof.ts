/**
 * A final proof verified in memory, and then its data. No file is read, no engine started, nothing of Node needed: the command line,
 * the page of `fold verify --page` and other programs (`layerfold/verify`) run this same text.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { Tensor } from '../ir/graph.ts';
import { parseShapedInput } from '../ir/input.ts';
import { isMachine } from '../machine/spec.ts';
import { parseValue } from '../store/json.ts';
import { outputSchema, type RunOutput } from '../store/run-data.ts';
import { isInsecure } from '../wrap/verification-key.ts';
import { type ProvenStatement, verifyFinal } from '../wrap/verify.ts';
import type { ClaimedProof, WrapVerificationKey } from './final-json.ts';
import { pinInput } from './pin-input.ts';
import { checkOutput, checkRevealed, revealedClass } from './proven-data.ts';
import { type DataSpec, dataOf, inputLimit } from './specs.ts';
import { hex } from './statement.ts';

/** Of `verifyProof`. */
export interface VerifyProofOptions {
  /** The model digest that the verifier trusts. */
  readonly modelDigest?: bigint | undefined;
  /** Hears of every check that passes. */
  readonly on?: EventListener | undefined;
}

/** What a final proof shows: made by `verifyProof` alone, so that nobody asks unverified words for the data behind them. */
export interface VerifiedProof {
  readonly statement: ProvenStatement;
  readonly key: WrapVerificationKey;
  /** The class that the proof reveals. Of the machine undefined: what its number is, the interface of the program tells. */
  readonly class: number | undefined;
  /** Whether the model is the one whose digest the verifier gave. */
  readonly modelPinned: boolean;
  /** Whether anyone can forge under this key: it is a development key. */
  readonly insecure: boolean;
}

/**
 * Verifies that the proof shows its statement under this key, and that it is of the model with this digest. That the KEY is one to
 * trust is the caller's to know: whoever made it can forge.
 * @throws E_REJECTED naming the first check that fails; E_KEY for a key that is no wrap's or that anyone forges under
 */
export function verifyProof(
  { statement, proof }: ClaimedProof,
  key: WrapVerificationKey,
  { modelDigest, on }: VerifyProofOptions = {},
): VerifiedProof {
  const passed = (name: string): void => on?.({ type: 'check', name });
  const proven = verifyFinal(key.vk, statement, proof, passed);
  if (modelDigest !== undefined) {
    if (proven.modelDigest !== modelDigest)
      throw new FoldError('E_REJECTED', 'The proof is of another model.', {
        expected: `model digest ${hex(modelDigest)}`,
        got: hex(proven.modelDigest),
      });
    passed('model-digest');
  }
  return {
    ...{ statement: proven, key, modelPinned: modelDigest !== undefined, insecure: isInsecure(key.vk) },
    class: isMachine(key.step) ? undefined : revealedClass(key.step, proven.revealed),
  };
}

/** Of `checkProvenInput` and `checkProvenOutput`. */
export interface ProvenDataOptions {
  /** What hides private data; without it they are taken as public. */
  readonly salt?: bigint | undefined;
  /** The interface of a program of the tensor machine (`openProgram`); of slots the key tells. */
  readonly data?: DataSpec | undefined;
  readonly on?: EventListener | undefined;
}

/**
 * Checks that the proven input is this one, in the shape that its JSON gives; tells the check `input-digest`.
 * @param json of an input file: {"input_data": [[...]]} or a nested array
 * @throws E_REJECTED for another input; E_INPUT for what is no input of the network, and for the proof of a batch
 */
export function checkProvenInput(
  { statement, key }: VerifiedProof,
  json: unknown,
  options: ProvenDataOptions = {},
): Tensor {
  refuseBatch(statement, 'input');
  const data = options.data ?? dataOf(key.step);
  const input = parseShapedInput(json, inputLimit(data));
  pinInput(data, input, statement.inputDigest, options);
  return input;
}

/**
 * Checks that the proven output is this one, and that its class is the revealed one; tells the check `output`.
 * @param json of output.json
 * @throws E_REJECTED for another output, E_FORMAT for what is none, E_INPUT for the proof of a batch
 */
export function checkProvenOutput(
  { statement, key }: VerifiedProof,
  json: unknown,
  { salt = 0n, on, data = dataOf(key.step) }: ProvenDataOptions = {},
): RunOutput {
  refuseBatch(statement, 'output');
  const output = parseValue(json, 'output.json', outputSchema);
  checkOutput(data, output, salt, statement.outputDigest);
  checkRevealed(output, revealedClass(data, statement.revealed));
  on?.({ type: 'check', name: 'output' });
  return output;
}

/** The digests in the statement of a batch are those of its last item. */
function refuseBatch({ root }: ProvenStatement, what: string): void {
  if (root !== 0n)
    throw new FoldError('E_INPUT', `The proof is of a batch: of which of its items is this the ${what}?`, {
      expected: 'the proof of a single run',
      got: `a batch with root ${hex(root)}`,
      hint: 'fold verify DIR --member ID --input FILE',
    });
}
