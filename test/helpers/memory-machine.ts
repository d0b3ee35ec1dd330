/**
 * The smallest machine with a memory, to fold: a step writes two numbers, one of them after it has read one, and two digests and a
 * number go from step to step. Its rows are those of the tensor machine with vectors of one number.
 *
 * Step j writes v at address 2j and y at 2j + 1: v is a constant of the model or, where the model says so, an input; y is what it reads
 * at an address of the model, plus a weight. Every step absorbs v into hIn and y into o, and adds y to k.
 */
import type { Engine } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { type Affine, R } from '../../src/algebra/params.ts';
import { hash, nativeSponge } from '../../src/algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, multiply, type Product } from '../../src/circuit/constraint-system.ts';
import { pack } from '../../src/circuit/gadgets/bits.ts';
import type { LinearForm } from '../../src/circuit/linear-form.ts';
import type { ShapeBuilder } from '../../src/circuit/shape.ts';
import { poseidonSboxes, WitnessWriter } from '../../src/circuit/witness.ts';
import { BatchTree, type Item } from '../../src/folding/batch-tree.ts';
import { MACHINE_BLOCKS, ofChainBlock } from '../../src/folding/blocks.ts';
import type { PreparedStep } from '../../src/folding/chain.ts';
import {
  type BlockValues,
  commitModel,
  commitRanges,
  commitTrace,
  layerRanges,
  modelBlinding,
  smallValues,
  traceBlinding,
} from '../../src/folding/commit.ts';
import { extendModelChain, hashProgram } from '../../src/folding/hashes.ts';
import { commitmentOf } from '../../src/folding/instance.ts';
import { challengesOf, type MemoryChallenges } from '../../src/folding/memory.ts';
import {
  itemOfState,
  leaveState,
  MACHINE_STATE,
  type Named,
  type StepWires,
  saltDomains,
  saltedStart,
} from '../../src/folding/state.ts';
import type { StepFunction, StepSystem } from '../../src/folding/step-system.ts';

const F = field(R);
/** A read shows in so many bits that it goes backwards. */
const BACK_BITS = 8;
/** Names of the trace's entries. */
const TRACE_ENTRIES = 6;
const MODEL_ENTRIES = 4;
/** What enters, and the step's number. */
const ENTERING = ['hIn', 'o', 'k', 'sum', 'alpha', 'gamma', 'rho'] as const;

/** A step of a program: what its model block holds. */
export interface MemoryStep {
  /** Address that is read. */
  readonly read: number;
  readonly weight: number;
  /** Written, where no input is. */
  readonly constant: number;
  readonly input?: boolean;
}

/** What a step's trace holds. */
export interface MemoryTrace {
  readonly input: number;
  readonly v: number;
  readonly x: number;
  readonly y: number;
  /** How often v and y are read. */
  readonly reads: readonly [number, number];
}

interface Variables<E> {
  readonly model: readonly E[];
  readonly back: readonly E[];
  readonly trace: readonly E[];
}

/** All rows of a step; the variables of P are allocated here. `entering` is called only when a witness is written. */
function memoryRows<E>(
  cs: ConstraintSystem<E>,
  { model, back, trace }: Variables<E>,
  entering: () => Named<bigint>,
): StepWires<E> {
  const [read, weight, constant, selector] = model as [E, E, E, E];
  const [input, v, x, y, readsOfV, readsOfY] = trace as [E, E, E, E, E, E];
  const one = cs.constant(1n);
  const enter = Object.fromEntries(ENTERING.map((name) => [name, cs.field(() => entering()[name]!)]));
  const position = cs.field(() => entering().position!);
  const first = cs.scale(2n, position);
  const second = cs.add(first, one);

  cs.row([selector, cs.sub(input, constant)], [cs.sub(constant, v), one]);
  assertEqual(cs, y, cs.add(x, weight));
  // what is read stands before the second slot
  assertEqual(cs, cs.add(read, pack(cs, back)), cs.sub(second, one));

  const inverse = (address: E, value: E, multiplicity: Product<E>): E => {
    const fingerprint = cs.add(address, multiply(cs, enter.alpha!, value));
    const difference = cs.sub(enter.gamma!, fingerprint);
    const [a, b] = multiplicity;
    const inv = cs.field(() => F.mul(F.mul(cs.value(a), cs.value(b)), F.inv(cs.value(difference))));
    cs.row([inv, difference], [cs.scale(-1n, a), b]);
    return inv;
  };
  const terms = [
    inverse(read, x, [cs.constant(-1n), one]),
    inverse(first, v, [readsOfV, one]),
    inverse(second, y, [readsOfY, one]),
  ];
  return {
    position,
    enter,
    leave: {
      hIn: hash(cs, 'absorb', [enter.hIn!, v]),
      o: hash(cs, 'absorb', [enter.o!, y]),
      k: cs.add(enter.k!, y),
      sum: cs.sum([enter.sum!, ...terms].map((term) => [1n, term] as const)),
    },
  };
}

/** Enter, position, three products and inverses, two hashes of two elements. */
const OWN_FIELDS = ENTERING.length + 1 + 6 + 2 * poseidonSboxes(3);

export const memoryMachine: StepFunction = {
  blocks: MACHINE_BLOCKS,
  sizes: [
    { bits: 0, small: MODEL_ENTRIES, fields: 0 },
    { bits: BACK_BITS, small: TRACE_ENTRIES, fields: 0 },
    { bits: 0, small: 0, fields: OWN_FIELDS },
  ],
  state: MACHINE_STATE,
  description: new TextEncoder().encode('memory machine'),
  build: (shape: ShapeBuilder): StepWires<LinearForm> =>
    shape.scope('layers', () =>
      memoryRows(
        shape,
        { model: shape.model(MODEL_ENTRIES), back: shape.traceBits(BACK_BITS), trace: shape.trace(TRACE_ENTRIES) },
        () => ({}),
      ),
    ),
};

const modelValues = ({ read, weight, constant, input }: MemoryStep): Float64Array =>
  Float64Array.of(read, weight, constant, input ? 1 : 0);

/** The traces of a run. */
function runMemory(steps: readonly MemoryStep[], input: number): MemoryTrace[] {
  const memory: number[] = [];
  const reads = new Array<number>(2 * steps.length).fill(0);
  const values = steps.map((step) => {
    const own = step.input ? input : 0;
    const v = step.input ? input : step.constant;
    memory.push(v);
    const x = memory[step.read]!;
    reads[step.read]!++;
    const y = x + step.weight;
    memory.push(y);
    return { input: own, v, x, y };
  });
  return values.map((own, j) => ({ ...own, reads: [reads[2 * j]!, reads[2 * j + 1]!] as const }));
}

function traceValues({ read }: MemoryStep, { input, v, x, y, reads }: MemoryTrace, j: number): BlockValues {
  const back = 2 * j - read;
  const bits = Uint8Array.from({ length: BACK_BITS }, (_, k) => (back >> k) & 1);
  return { bits, small: Float64Array.of(input, v, x, y, ...reads), fields: new Uint8Array(0) };
}

/** What a lying prover of a run does otherwise; the rest follows from it. */
export interface MemoryLies {
  /** Of item q. */
  traces?(honest: readonly MemoryTrace[], q: number): readonly MemoryTrace[];
  /** That the prover uses for item q; `others` are those of the items before. */
  challenges?(
    honest: MemoryChallenges<bigint>,
    q: number,
    others: readonly MemoryChallenges<bigint>[],
  ): MemoryChallenges<bigint>;
  /** What enters step i of the chain. */
  enters?(honest: Named<bigint>, i: number): Named<bigint>;
  /** Traces as they stand in the witness and are committed to when the challenges are known. */
  late?(traces: readonly MemoryTrace[], q: number): readonly MemoryTrace[];
}

export interface MemoryRun {
  readonly wires: { readonly stepsPerNetwork: bigint; readonly modelDigest: bigint };
  readonly program: { readonly interfaceDigest: bigint; readonly planned: bigint };
  readonly prepared: readonly PreparedStep[];
  readonly cmM: readonly Affine[];
  /** Of each item. */
  readonly cmT: readonly (readonly Affine[])[];
  readonly items: readonly Item<bigint>[];
  readonly tree: BatchTree | undefined;
}

export const INTERFACE = 31415926n;

/** Everything that folding runs of a program needs: traces first, then their challenges, then the rest. */
export function prepareMemory(
  engine: Engine,
  system: StepSystem,
  steps: readonly MemoryStep[],
  inputs: readonly number[],
  lies: MemoryLies = {},
  program = { interfaceDigest: INTERFACE, planned: 0n },
): MemoryRun {
  const { key, layout, pp } = system;
  const sponge = nativeSponge(engine);
  const models = steps.map((step, j) => {
    const [values, blinding] = [modelValues(step), modelBlinding(engine, 0n, j)];
    const commitment = commitModel(engine, key, layout, values, blinding);
    return { values: smallValues(values), commitment, blinding: [blinding] };
  });
  const cmM = models.map(({ commitment }) => commitment);
  const m = cmM.reduce((chain, cm) => extendModelChain(sponge, chain, commitmentOf(cm)), 0n);
  const stepsPerNetwork = BigInt(steps.length);
  const modelDigest = hashProgram(sponge, pp, stepsPerNetwork, m, program.interfaceDigest);

  const prepared: PreparedStep[] = [];
  const cmT: Affine[][] = [];
  const items: Item<bigint>[] = [];
  const used: MemoryChallenges<bigint>[] = [];
  for (const [q, input] of inputs.entries()) {
    const honest = runMemory(steps, input);
    const traces = lies.traces?.(honest, q) ?? honest;
    const commit = (of: readonly MemoryTrace[]) =>
      of.map((trace, j) => {
        const [values, blinding] = [traceValues(steps[j]!, trace, j), traceBlinding(engine, 271828n, q, j)];
        return { values, commitment: commitTrace(engine, key, layout, values, blinding), blinding: [blinding] };
      });
    const first = commit(traces);
    const commitments = first.map(({ commitment }) => commitment);
    const derived = challengesOf(sponge, { pp, modelDigest }, commitments, program.planned);
    const challenges = lies.challenges?.(derived, q, used) ?? derived;
    used.push(challenges);
    const own = lies.late?.(traces, q) ?? traces;
    const blocks = lies.late ? commit(own) : first;
    cmT.push(blocks.map(({ commitment }) => commitment));

    const salts = saltDomains(MACHINE_STATE).map((_, k) => BigInt(100 * q + k + 1));
    const [hIn, o] = saltDomains(MACHINE_STATE).map((domain, k) => saltedStart(sponge, domain, salts[k]!));
    let state: Named<bigint> = { hIn: hIn!, o: o!, k: 0n, sum: 0n };
    for (const [j, step] of steps.entries()) {
      const entering = { ...state, ...challenges, position: BigInt(j) };
      const told = lies.enters?.(entering, prepared.length) ?? entering;
      const writer = new WitnessWriter(engine, 'fr', { bits: 0, fields: OWN_FIELDS });
      const values = blocks[j]!.values;
      const wires = memoryRows(
        writer,
        {
          model: Array.from(modelValues(step), BigInt),
          back: Array.from(values.bits, BigInt),
          trace: Array.from(values.small, (n) => F.create(BigInt(n))),
        },
        () => told,
      );
      const rest = { bits: new Uint8Array(0), small: new Float64Array(0), fields: writer.finish().fields };
      const commitment = commitRanges(engine, key, layerRanges(ofChainBlock(layout.blocks), rest));
      prepared.push({
        wires,
        ...(j === 0 && { salts }),
        blocks: [models[j]!, blocks[j]!, { values: rest, commitment }],
      });
      state = wires.leave;
    }
    const last = leaveState(MACHINE_STATE, { c: 0n }, prepared.at(-1)!.wires);
    items.push(itemOfState(MACHINE_STATE, last));
  }
  const tree = inputs.length > 1 ? new BatchTree(sponge, items) : undefined;
  return { wires: { stepsPerNetwork, modelDigest }, program, prepared, cmM, cmT, items, tree };
}
