/** The machine's step circuit by itself, without a chain, and witnesses of it. */
import { type Engine, FIELD_BYTES, type RowKernels, type Vec } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import { type ConstraintMatrix, compile } from '../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { ChallengeWriter, type MachineState } from '../../src/machine/challenge-writer.ts';
import { buildMachine } from '../../src/machine/circuit/step.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import type { MachineShape } from '../../src/machine/shape.ts';
import { TraceWriter } from '../../src/machine/trace-writer.ts';
import type { RandomProgram } from '../helpers/random-program.ts';

export interface MachineSystem {
  readonly matrix: ConstraintMatrix;
  readonly rows: RowKernels;
}

export function machineSystem(engine: Engine, machine: MachineShape): MachineSystem {
  const shape = new ShapeBuilder(R);
  buildMachine(shape, machine);
  const matrix = compile(shape);
  return { matrix, rows: engine.fr.rows(matrix.matrix) };
}

/** Where a run starts. */
export const START: MachineState<bigint> = {
  hIn: 11n,
  o: 22n,
  k: 0n,
  sum: 0n,
  alpha: 2n ** 200n + 3n,
  gamma: 2n ** 201n + 5n,
  rho: 2n ** 202n + 7n,
};

export interface WrittenRun {
  /** z of every step. */
  readonly steps: readonly Vec[];
  /** The state before each step, and at last the one after the last. */
  readonly states: readonly MachineState<bigint>[];
}

/** Every step's witness of a program on an input. */
export function writeRun(engine: Engine, { program, input }: RandomProgram, start = START): WrittenRun {
  const { fr } = engine;
  const { memory } = runProgram(program, { x: input });
  const traces = new TraceWriter(program, memory);
  const shares = new ChallengeWriter(engine, program.shape);
  const states = [start];
  const steps = Array.from({ length: program.steps }, (_, j): Vec => {
    const model = program.model(j);
    const { bits, small } = traces.write(j, model);
    const { fields, next } = shares.write(j, model, small, states[j]!);
    states.push(next);
    const parts = [fr.encode([1n]), fr.fromSmall(model), fr.fromBits(bits), fr.fromSmall(small), fields];
    const z = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of parts) {
      z.set(part, at);
      at += part.length;
    }
    return z;
  });
  return { steps, states };
}

/** Element k of z. */
export function entryOf(z: Vec, k: number): Vec {
  return z.subarray(k * FIELD_BYTES, (k + 1) * FIELD_BYTES);
}
