/**
 * What a finished run claims, as the digests that a proof carries (protocol section 6), and how a reader recomputes them
 * from the data that stand beside the proof. A salt of 0 means public; another one is told by whoever opens the digest.
 */
import { plainSponge } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { itemOfState, LAYER_STATE, MACHINE_STATE } from '../folding/state.ts';
import type { Tensor } from '../ir/graph.ts';
import { scaleInput } from '../ir/run.ts';
import { checkRange } from '../layers/range.ts';
import { logitOffset } from '../layers/readout.ts';
import { activationDigest, readoutDigest } from '../layers/step.ts';
import { activationRange, stateSize } from '../layers/step-plan.ts';
import { portDigest } from '../machine/interface.ts';
import { hex } from '../units.ts';
import { type DataSpec, isInterface, machineInput } from './specs.ts';

export { hex };

/** Digests as 0x and 64 hexadecimal digits. */
export interface Statement {
  /** pp: step circuit, commitment key and the plan's step part. */
  readonly parameters: string;
  /** D: the committed network. */
  readonly modelDigest: string;
  /** h_in; of the last item of a batch. */
  readonly inputDigest: string;
  /** o; of the last item of a batch. */
  readonly outputDigest: string;
  /** Steps of the whole network, or of all networks of a batch. */
  readonly steps: number;
  /** Root of a batch, over the input and output digests of its items; absent for a single run. */
  readonly root?: string;
}

/** The statement of a folded proof. It is what the proof CLAIMS: `verify` says whether it holds. */
export function statementOf({ statement: { wires, z, steps }, program }: FoldedProof): Statement {
  const { hIn, o } = itemOfState(program ? MACHINE_STATE : LAYER_STATE, z);
  return {
    parameters: hex(wires.pp),
    modelDigest: hex(wires.modelDigest),
    inputDigest: hex(hIn),
    outputDigest: hex(o),
    steps,
    ...(wires.root === 0n ? {} : { root: hex(wires.root) }),
  };
}

/**
 * h_in of an input in the network's units, as `prove` digests it.
 * @throws E_INPUT for more numbers than the state holds, E_RANGE naming a value that the plan cannot hold
 */
export function inputDigest(step: DataSpec, input: Tensor, salt = 0n, sponge = plainSponge): bigint {
  if (isInterface(step)) return portDigest(step, 'inputs', machineInput(step, input), salt, sponge);
  const integers = scaleInput(input, step.activationFraction);
  const size = stateSize(step.slot);
  if (integers.length > size)
    throw new FoldError('E_INPUT', 'The input has more numbers than the state.', {
      expected: `at most ${size}`,
      got: `${integers.length}`,
    });
  checkRange(integers, activationRange(step), 'input', 'a value');
  const state = new Float64Array(size);
  state.set(integers);
  return activationDigest(sponge, step, state, salt);
}

/**
 * o of raw logits. They are range-checked first, because packing is injective only on values in range.
 * @throws E_INPUT for a wrong number of logits, E_RANGE
 */
export function outputDigest(step: DataSpec, logits: Float64Array, salt = 0n, sponge = plainSponge): bigint {
  if (isInterface(step)) return portDigest(step, 'outputs', logits, salt, sponge);
  if (logits.length !== step.readout.outputs)
    throw new FoldError('E_INPUT', 'The output has the wrong length.', {
      expected: `${step.readout.outputs} logits`,
      got: `${logits.length}`,
    });
  const offset = logitOffset(step);
  checkRange(logits, [-offset, offset - 1], 'output', 'a logit');
  return readoutDigest(sponge, step, logits, salt);
}
