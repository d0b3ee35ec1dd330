/**
 * Satisfying advice for the step circuit and for the wrap, without a chain: both take any running instances and messages, so
 * long as hashes fit, and so every situation can be made at once from seeded values.
 */
import { mul } from '../../../src/algebra/curve.ts';
import type { Engine } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { type Affine, G1_PARAMS, GRUMPKIN_PARAMS, Q, R } from '../../../src/algebra/params.ts';
import { nativeSponge, type SpongeArithmetic } from '../../../src/algebra/sponge.ts';
import { limbsOf } from '../../../src/circuit/gadgets/fq.ts';
import { BatchTree, type Item, idlePath } from '../../../src/folding/batch-tree.ts';
import { MODEL } from '../../../src/folding/blocks.ts';
import type { FoldMessageValues } from '../../../src/folding/fold-verifier.ts';
import { extendModelChain, hashLink, hashModel } from '../../../src/folding/hashes.ts';
import { CYCLEFOLD_INPUTS, commitmentOf, type Running } from '../../../src/folding/instance.ts';
import { CROSS_TERMS } from '../../../src/folding/shares.ts';
import type { ChainState } from '../../../src/folding/state.ts';
import type { StepAdvice } from '../../../src/folding/step-circuit.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { elementsFrom } from '../../wrap/folded.ts';

const F = field(R);
/** The item that the check works on where none ends. */
export const IDLE: Item<bigint> = { hIn: 0n, o: 0n };

/**
 * What a step looks like beside what it is, so that only the row that says what it is tells them apart.
 * start: z_0 is the present state. end: the state is the first of a batch's items, its model chain complete.
 * minus: the same for the mask -1, which a false comparison with 0 would give.
 */
export type Like = 'start' | 'end' | 'minus';

/** A tree of many equal items is hashed once for every level. */
function remembering(sponge: SpongeArithmetic<bigint>): SpongeArithmetic<bigint> {
  const met = new Map<string, bigint[]>();
  return {
    ...sponge,
    permute: (state) => {
      const key = state.join();
      const out = met.get(key) ?? sponge.permute(state);
      met.set(key, out);
      return out;
    },
  };
}

export class ChainData {
  readonly sponge: SpongeArithmetic<bigint>;
  readonly next: () => bigint;

  constructor(
    engine: Engine,
    readonly system: StepSystem,
    seed: number,
  ) {
    this.sponge = remembering(nativeSponge(engine));
    this.next = elementsFrom(seed);
  }

  g1(): Affine {
    return mul(G1_PARAMS, G1_PARAMS.generator, this.next())!;
  }
  grumpkin(): Affine {
    return mul(GRUMPKIN_PARAMS, GRUMPKIN_PARAMS.generator, this.next())!;
  }
  /** A state with the given elements, by name, and any others. */
  state(given: Readonly<Record<string, bigint>> = {}): ChainState<bigint> {
    return this.system.step.state.elements.map(({ name }) => given[name] ?? this.next());
  }
  running(): Running<bigint> {
    const { U } = this.system.defaults;
    const { next } = this;
    return {
      U: {
        cms: U.cms.map(() => commitmentOf(this.g1())),
        u: next(),
        x: next(),
        rho: U.rho.map(next),
        v: next(),
      },
      cycleFold: {
        c: this.grumpkin(),
        u: next() >> 92n,
        x: Array.from({ length: CYCLEFOLD_INPUTS }, () => limbsOf((next() * next()) % Q)),
      },
    };
  }
  messages(): FoldMessageValues {
    const { U } = this.system.defaults;
    const { next } = this;
    return {
      h: U.rho.map(next),
      t: Array.from({ length: CROSS_TERMS }, next),
      cms: U.cms.map(() => this.g1()),
      fresh: U.cms.map(() => this.grumpkin()),
    };
  }
  /** Commitments of a fresh instance. */
  commitments(): Affine[] {
    return this.system.defaults.U.cms.map(() => this.g1());
  }

  /**
   * The advice of step i of a batch, with every hash as it must be.
   * @param h activations that come in
   */
  step(
    i: bigint,
    stepsPerNetwork: bigint,
    items: readonly Item<bigint>[],
    h: bigint,
    like: readonly Like[],
  ): StepAdvice {
    const boundary = i > 0n && i % stepsPerNetwork === 0n;
    const minus = like.includes('minus');
    const ends = boundary || like.includes('end');
    const index = Number(i / stepsPerNetwork) - 1;
    const item = ends ? items[index]! : { hIn: this.next(), o: this.next() };
    const z = this.state({ ...item, h });
    const tree = new BatchTree(this.sponge, minus ? [IDLE, { hIn: F.neg(item.hIn), o: F.neg(item.o) }] : items);
    const z0 = i === 0n || like.includes('start') ? z : this.state();
    const [m, running, cms] = [this.next(), this.running(), this.commitments()];
    const { pp } = this.system;
    const extended = extendModelChain(this.sponge, m, commitmentOf(cms[MODEL]!));
    const complete = hashModel(this.sponge, pp, stepsPerNetwork, minus ? F.neg(extended) : extended);
    const modelDigest = ends || minus ? complete : this.next();
    const wires = { pp, stepsPerNetwork, modelDigest, root: tree.root };
    const x = i === 0n ? this.next() : hashLink(this.sponge, { ...wires, i, z0, z, m, ...running });
    return {
      wires,
      i,
      z0,
      z,
      m,
      program: undefined,
      salts: [],
      path: boundary || minus ? tree.path(Math.max(index, 0)) : idlePath(this.sponge, IDLE),
      running,
      fresh: { x, cms },
      messages: this.messages(),
    };
  }
}
