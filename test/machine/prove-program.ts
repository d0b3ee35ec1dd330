/** A program from its run to a verified proof: every row holds in every step, and the state says what was computed. */
import { expect } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { startOfProgram } from '../../src/folding/position.ts';
import { elementOf, MACHINE_STATE } from '../../src/folding/state.ts';
import type { StepSystem } from '../../src/folding/step-system.ts';
import { CHECKS, verifyFolded } from '../../src/folding/verify.ts';
import { interfaceOf, portDigest } from '../../src/machine/interface.ts';
import { runProgram } from '../../src/machine/interpreter.ts';
import type { Program } from '../../src/machine/program.ts';
import { prepareMachine, saltsOf } from '../helpers/machine-run.ts';

/** @param inputs numbers of the port "x", an item each; the program has an output "y" */
export async function proveProgram(
  engine: Engine,
  system: StepSystem,
  program: Program,
  inputs: readonly Float64Array[],
): Promise<void> {
  const run = prepareMachine(
    engine,
    system,
    program,
    inputs.map((x) => ({ x })),
  );
  const buffers = createBuffers(system);
  const start = startOfProgram(engine, system, run.wires, run.program, run.tree);
  const prover = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, start);
  for (const step of run.prepared) {
    await prover.step(step);
    expect(firstViolation(engine.fr, system.rows, system.matrix, buffers.z2)).toBeUndefined();
  }
  const proof = prover.proof([]);
  const held: string[] = [];
  verifyFolded(engine, system, proof, (name) => held.push(name));
  expect(held).toEqual(CHECKS.filter((name) => name !== 'item' || inputs.length > 1));

  const ports = interfaceOf(program);
  inputs.forEach((x, q) => {
    const { outputs, k } = runProgram(program, { x });
    const [salt, other] = saltsOf(q);
    const item = {
      hIn: portDigest(ports, 'inputs', x, salt),
      o: portDigest(ports, 'outputs', outputs.y!, other),
      k: BigInt(k),
    };
    expect(run.items[q]).toEqual(item);
  });
  const end = (name: string): bigint => elementOf(MACHINE_STATE, proof.statement.z, name);
  expect({ hIn: end('hIn'), o: end('o'), k: end('k'), sum: end('sum') }).toEqual({ ...run.items.at(-1), sum: 0n });
}
