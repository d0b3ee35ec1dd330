/**
 * The step circuit F' (protocol section 6): checks the hash of the chain so far, folds the last fresh instance into
 * the running one, runs the layers, and hashes the result into its own public input.
 *
 * `defaults` are the running instances before any fold: constants of the circuit, given by the commitment keys.
 * Values that are only advice are marked; each is bound by the hash check (i > 0), replaced by a constant (i = 0), or
 * constrained where it is used.
 */
import { field } from '../algebra/field.ts';
import { type Affine, R } from '../algebra/params.ts';
import { assertEqual, type ConstraintSystem } from '../circuit/constraint-system.ts';
import { isZero, select } from '../circuit/gadgets/bits.ts';
import type { PointOf } from '../circuit/gadgets/ladder.ts';
import { allocateCommitment, verifyFold } from './fold-verifier.ts';
import { extendModelChain, hashLink } from './hashes.ts';
import {
  type CarriedWires,
  type ChainState,
  elementsOfRunning,
  type Running,
  runningFromElements,
} from './instance.ts';

/** Digests that the layers of a step give (src/layers). */
export interface LayerDigests<E> {
  readonly input: E;
  readonly output: E;
  readonly readout: E;
}

/** Everything a step is told. At i = 0 the fold part is valid dummy data. */
export interface StepAdvice {
  readonly wires: CarriedWires<bigint>;
  readonly i: bigint;
  readonly z0: ChainState<bigint>;
  /** Digests of the state that comes in, beside h, which the layers give. */
  readonly hIn: bigint;
  readonly o: bigint;
  readonly m: bigint;
  readonly running: Running<bigint>;
  readonly fresh: { readonly x: bigint; readonly cmM: Affine; readonly cmP: Affine };
  readonly messages: {
    readonly h: readonly bigint[];
    readonly t: bigint;
    readonly cmM: Affine;
    readonly cmP: Affine;
    readonly fresh: readonly [Affine, Affine];
  };
}

/** Runs the part of the step that does not depend on the network; returns its public input. */
export function stepCircuit<E>(
  cs: ConstraintSystem<E>,
  layers: LayerDigests<E>,
  defaults: Running<bigint>,
  advice: () => StepAdvice,
): E {
  const one = cs.constant(1n);
  const variable = (value: (a: StepAdvice) => bigint): E => cs.field(() => value(advice()));

  const wires: CarriedWires<E> = {
    pp: variable((a) => a.wires.pp),
    stepsPerNetwork: variable((a) => a.wires.stepsPerNetwork),
    modelDigest: variable((a) => a.wires.modelDigest),
    root: variable((a) => a.wires.root),
  };
  const i = variable((a) => a.i);
  const z0: ChainState<E> = { h: variable((a) => a.z0.h), hIn: variable((a) => a.z0.hIn), o: variable((a) => a.z0.o) };
  const z: ChainState<E> = { h: layers.input, hIn: variable((a) => a.hIn), o: variable((a) => a.o) };
  const m = variable((a) => a.m);
  let given: readonly bigint[] | undefined;
  const running = runningFromElements(
    elementsOfRunning(defaults).map((_, k) =>
      variable((a) => {
        given ??= elementsOfRunning(a.running);
        return given[k]!;
      }),
    ),
  );
  const fresh = cs.scope('commitments', () => ({
    x: variable((a) => a.fresh.x),
    cmM: allocateCommitment(cs, () => advice().fresh.cmM),
    cmP: allocateCommitment(cs, () => advice().fresh.cmP),
  }));
  const point = (value: (a: StepAdvice) => Affine): PointOf<E> => ({
    x: variable((a) => value(a).x),
    y: variable((a) => value(a).y),
  });
  const messages = cs.scope('commitments', () => ({
    h: defaults.U.rho.map((_, k) => variable((a) => a.messages.h[k]!)),
    t: variable((a) => a.messages.t),
    cmM: allocateCommitment(cs, () => advice().messages.cmM),
    cmP: allocateCommitment(cs, () => advice().messages.cmP),
    fresh: [point((a) => a.messages.fresh[0]), point((a) => a.messages.fresh[1])] as const,
  }));

  // i = 0: the state is z_0 and the model chain is empty
  const base = isZero(cs, i, (v) => field(R).inv(v));
  cs.scope('base', () => {
    for (const key of ['h', 'hIn', 'o'] as const) cs.row([base, cs.sub(z[key], z0[key])]);
    cs.row([base, m]);
  });

  // i > 0: the fresh instance is the one that the last step hashed
  const expected = cs.scope('hash-in', () => hashLink(cs, { ...wires, i, z0, z, m, ...running }));
  cs.scope('hash-in', () => cs.row([cs.sub(one, base), cs.sub(fresh.x, expected)]));

  const extended = cs.scope('model-chain', () => extendModelChain(cs, m, fresh.cmM));
  const folded = verifyFold(cs, wires.pp, running, fresh, messages);
  const next = cs.scope('select', () => selectDefaults(cs, base, folded, defaults));
  const m1 = cs.scope('select', () => select(cs, base, m, extended));

  const z1: ChainState<E> = { h: layers.output, hIn: z.hIn, o: layers.readout };
  const x = cs.scope('hash-out', () => hashLink(cs, { ...wires, i: cs.add(i, one), z0, z: z1, m: m1, ...next }));
  const [output] = cs.publicInputs(() => [cs.value(x)], 1);
  assertEqual(cs, output!, x);
  return output!;
}

/** At i = 0 every part of both new running instances is the default, whatever the advice says. */
function selectDefaults<E>(
  cs: ConstraintSystem<E>,
  base: E,
  folded: Running<E>,
  defaults: Running<bigint>,
): Running<E> {
  const values = elementsOfRunning(defaults);
  const chosen = elementsOfRunning(folded).map((e, k) => select(cs, base, cs.constant(values[k]!), e));
  return runningFromElements(chosen);
}
