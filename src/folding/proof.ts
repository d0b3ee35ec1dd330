/**
 * A folded proof: what `verify` checks without the wrap (protocol section 8). It is sound under a commitment key whose
 * tau nobody knows, it contains folded witnesses, and it is never zero-knowledge.
 */
import type { Affine } from '../algebra/params.ts';
import type { ItemPath } from './batch-tree.ts';
import type { CarriedWires, CycleFoldInstance, RunningInstance } from './instance.ts';
import type { ProgramOpening } from './memory.ts';
import type { PrefixMemory } from './planned.ts';
import type { ChainState } from './state.ts';

/**
 * What is claimed: after `steps` steps of the committed network, on the input whose digest z carries or, in a batch, on one
 * item after the other, the last of which is that input, the state is z.
 */
interface ChainStatement {
  readonly wires: CarriedWires<bigint>;
  readonly steps: number;
  readonly z0: ChainState<bigint>;
  readonly z: ChainState<bigint>;
  /** Model chain over the steps of the network under way but the last, in the order in which they were folded. */
  readonly m: bigint;
}

/** Opening of a block's commitment; 32-byte little-endian canonical elements without padding, no bits where it has none. */
export interface BlockOpening {
  readonly bits: Uint8Array;
  readonly fields: Uint8Array;
  readonly blinding: Uint8Array;
}

/** Of all commitments of an instance, in the order of the blocks. */
export type PrimaryOpening = readonly BlockOpening[];

/** What a proof of a chain says of it, but for the openings that show it: the statement and the instances that its hash covers. */
export interface ChainClaim {
  readonly statement: ChainStatement;
  /** Of a machine's program. */
  readonly program?: ProgramOpening<bigint> | undefined;
  /** U_n. */
  readonly running: {
    readonly cms: readonly Affine[];
    readonly claim: Pick<RunningInstance<bigint>, 'u' | 'x' | 'rho' | 'v'>;
  };
  /** The running CycleFold instance. */
  readonly cycleFold: { readonly instance: CycleFoldInstance<bigint> };
  /** u_n, the last fresh instance. */
  readonly last: { readonly x: bigint; readonly cms: readonly Affine[] };
  /** Commitments to the model blocks of the network's remaining steps; empty when the network is complete. */
  readonly remaining: readonly Affine[];
  /** Path of the last item of a batch when its network is complete, else empty. */
  readonly path: ItemPath<bigint>;
}

/** Opening of a CycleFold commitment: canonical elements of Fq. */
export interface CycleFoldOpening {
  readonly w: Uint8Array;
  readonly e: Uint8Array;
  readonly blinding: Uint8Array;
}

/** A folded proof: instances with their openings. It is neither small nor zero-knowledge. */
export interface FoldedProof extends ChainClaim {
  readonly running: ChainClaim['running'] & { readonly opening: PrimaryOpening };
  readonly cycleFold: ChainClaim['cycleFold'] & CycleFoldOpening;
  readonly last: ChainClaim['last'] & { readonly opening: PrimaryOpening };
  /** Of a machine in the middle of a network, where checkpoints of it are planned. */
  readonly memory?: PrefixMemory | undefined;
}

/** Items that `steps` steps have begun; the last one is complete when they are a multiple of the steps per network. */
export function itemsBegun(steps: number, stepsPerNetwork: bigint): number {
  return Math.ceil(steps / Number(stepsPerNetwork));
}

/** Of `steps` steps those of the network under way, which may be all of its steps. */
export function ownSteps({ steps, wires }: Pick<ChainClaim['statement'], 'steps' | 'wires'>): number {
  return steps - (itemsBegun(steps, wires.stepsPerNetwork) - 1) * Number(wires.stepsPerNetwork);
}
