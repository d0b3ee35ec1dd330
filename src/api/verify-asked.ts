/**
 * What of a folded proof is compared before its step circuit is built. That takes minutes and gigabytes for the largest plan
 * that is accepted, and the plan may be the prover's: so the digest that the verifier trusts comes first, and a plan must not be
 * larger than the proof that came with it.
 */
import { FIELD_BYTES } from '../algebra/engine.ts';
import { FoldError } from '../errors.ts';
import { MODEL, ofChainBlock } from '../folding/blocks.ts';
import type { ChainClaim, FoldedProof, PrimaryOpening } from '../folding/proof.ts';
import { layerSizes } from '../layers/step.ts';
import { modelLayout } from '../machine/program.ts';
import { isMachine, type MachineSpec, type StepSpec } from '../machine/spec.ts';
import { hex } from './statement.ts';

/** What a verifier asks of a proof. */
export interface Asked {
  /** The model digest that the verifier trusts; without it the proof's own is believed and the result is not pinned. */
  readonly modelDigest?: bigint | undefined;
  /**
   * Accept the proof of a run's first steps too, a checkpoint. Its z.h is the digest of the activations so far, and its
   * z.o that of a readout with weights of zero: no output of the network, though the proof is true.
   */
  readonly prefix?: boolean | undefined;
}

/** @throws E_REJECTED for the proof of another model, or of the first steps only */
export function checkAsked({ statement, remaining }: ChainClaim, { modelDigest, prefix }: Asked): void {
  const { wires, steps } = statement;
  if (modelDigest !== undefined && modelDigest !== wires.modelDigest)
    throw new FoldError('E_REJECTED', 'The proof is of another model.', {
      expected: `model digest ${hex(modelDigest)}`,
      got: hex(wires.modelDigest),
    });
  if (!prefix && remaining.length > 0)
    throw new FoldError('E_REJECTED', 'The proof is of the first steps only: it has no output of the network.', {
      expected: 'all steps of the network',
      got: `${steps} steps, ${remaining.length} to go`,
    });
}

/** Of a machine's step the model says it all: its other blocks follow from the same sizes. */
const machineSizes = ({ machine }: MachineSpec) => ({ model: modelLayout(machine).size, bits: 0, small: 0, fields: 0 });

/**
 * The blocks of the proof have room for the layers of a step of this plan.
 * @throws E_REJECTED as the check of the shape will, which knows the whole circuit
 */
export function checkRoom({ running, last }: FoldedProof, step: StepSpec): void {
  const { model, bits, small, fields } = isMachine(step) ? machineSizes(step) : layerSizes(step);
  const sizes = ({ opening }: { readonly opening: PrimaryOpening }): number[] => {
    const [weights, witness] = [opening[MODEL], ofChainBlock(opening)];
    return [weights?.fields, witness?.bits, witness?.fields].map((part) => (part?.length ?? 0) / FIELD_BYTES);
  };
  const hasRoom = ([m, b, f]: readonly number[]): boolean => m === model && b! >= bits && f! >= small + fields;
  const narrow = [running, last].map(sizes).find((found) => !hasRoom(found));
  if (!narrow) return;
  throw new FoldError('E_REJECTED', "The proof is false: check 'shape' failed.", {
    expected: `${model} model entries, at least ${bits} bits and ${small + fields} field elements, for this plan`,
    got: narrow.join(', '),
  });
}
