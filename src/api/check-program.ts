/**
 * The same of a program of the tensor machine: every row of each of its steps on one input, under challenges that are drawn
 * instead of squeezed from commitments; then what the chain asks of a network that ended: its memory's sum and its digests.
 */
import { concat } from '../algebra/concat.ts';
import { createEngine } from '../algebra/index.ts';
import { R } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { firstViolation, type Violation } from '../circuit/check.ts';
import { compile } from '../circuit/compile.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { throwIfAborted } from '../errors.ts';
import { counter, stage } from '../events.ts';
import { randomElements } from '../folding/random.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import { ChallengeWriter, type MachineState } from '../machine/challenge-writer.ts';
import { buildMachine } from '../machine/circuit/step.ts';
import { startDigest } from '../machine/interface.ts';
import type { Program } from '../machine/program.ts';
import { TraceWriter } from '../machine/trace-writer.ts';
import type { CheckOptions } from './check.ts';
import { type MachineModel, runTraced } from './model.ts';
import { inputDigest, outputDigest } from './statement.ts';

/** Where in a program something does not hold. */
export interface ProgramPlace {
  readonly step: number;
  /** Part of the step's circuit; of the chain where the network ended. */
  readonly scope: string;
  /** Nodes of the network that the step computes. */
  readonly nodes: readonly string[];
}

/** A row or a bit of a step, or what the chain asks of the end. */
export type ProgramViolation = Omit<Violation, 'kind'> & {
  readonly kind: Violation['kind'] | 'memory' | 'input' | 'output' | 'reveal';
  readonly place: ProgramPlace;
};

/** What was evaluated of a program. */
export interface CheckedProgram {
  readonly output: IntegerResult;
  readonly steps: number;
  readonly rows: number;
  readonly bits: number;
  readonly violation: ProgramViolation | undefined;
}

/** @throws E_INPUT, E_RANGE as the integer run */
export async function checkProgram(
  model: MachineModel,
  input: Tensor,
  { on, signal }: CheckOptions = {},
): Promise<CheckedProgram> {
  const { program, ports, steps } = model;
  const { output, memory } = await stage(on, 'integers', async () => runTraced(model, input));
  const engine = await createEngine();
  const { fr } = engine;
  const matrix = await stage(on, 'circuit', async () => {
    const shape = new ShapeBuilder(R);
    buildMachine(shape, program.shape);
    return compile(shape);
  });
  const rows = fr.rows(matrix.matrix);
  const one = fr.encode([1n]);
  const sponge = nativeSponge(engine);
  const [alpha, gamma, rho] = randomElements(R, 3) as [bigint, bigint, bigint];
  let state: MachineState<bigint> = {
    hIn: startDigest(sponge, 'inputs', 0n),
    o: startDigest(sponge, 'outputs', 0n),
    ...{ k: 0n, sum: 0n, alpha, gamma, rho },
  };
  const traces = new TraceWriter(program, memory);
  const shares = new ChallengeWriter(engine, program.shape);
  const { sizes } = matrix;
  const checked = {
    ...{ output, steps, rows: steps * (sizes.rows + sizes.boxes) },
    bits: steps * (sizes.traceBits + sizes.bits),
  };
  const told = counter(on, 'check', 'steps');
  for (let j = 0; j < steps; j++) {
    throwIfAborted(signal);
    const entries = model.stepModel(j);
    // of what was run, which need not be what is committed
    const { bits, small } = traces.write(j, program.model(j));
    const { fields, next } = shares.write(j, entries, small, state);
    const z = concat([one, fr.fromSmall(entries), fr.fromBits(bits), fr.fromSmall(small), fields]);
    const violation = firstViolation(fr, rows, matrix, z);
    if (violation) {
      const place = { step: j, scope: violation.scope || 'bits', nodes: nodesOf(program, j) };
      return { ...checked, violation: { ...violation, place } };
    }
    state = next;
    told(j + 1, steps);
    if (j % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
  const expected = {
    memory: [state.sum, 0n],
    input: [state.hIn, inputDigest(ports, input, 0n, sponge)],
    output: [state.o, outputDigest(ports, output.logits, 0n, sponge)],
    reveal: [state.k, BigInt(output.k ?? 0)],
  } as const;
  for (const kind of ['memory', 'input', 'output', 'reveal'] as const) {
    const [got, wanted] = expected[kind];
    if (got === wanted) continue;
    const scope = `end of the network: ${kind}`;
    const place = { step: steps - 1, scope, nodes: nodesOf(program, steps - 1) };
    const violation = { kind, index: 0, scope, indexInScope: 0, value: (got - wanted + R) % R, place };
    return { ...checked, violation };
  }
  return { ...checked, violation: undefined };
}

function nodesOf({ nodeOf, shape }: Program, step: number): string[] {
  const names = new Set<string>();
  for (let g = 0; g < shape.groups; g++) for (let r = 0; r < shape.rows; r++) names.add(nodeOf(step, g, r));
  names.delete('');
  return [...names];
}
