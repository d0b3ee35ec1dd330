/** The step of the tensor machine as folding takes it: one circuit for the programs of all networks. */
import { MACHINE_BLOCKS } from '../folding/blocks.ts';
import { MACHINE_STATE } from '../folding/state.ts';
import type { StepFunction } from '../folding/step-system.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { challengeLayout } from './challenge-layout.ts';
import { buildMachine } from './circuit/step.ts';
import { modelLayout } from './program.ts';
import type { MachineShape } from './shape.ts';
import { traceLayout } from './trace-layout.ts';

export function machineStep(shape: MachineShape): StepFunction {
  const trace = traceLayout(shape);
  return {
    blocks: MACHINE_BLOCKS,
    // in the order of the blocks: M, T, P
    sizes: [
      { bits: 0, small: modelLayout(shape).size, fields: 0 },
      { bits: trace.bits, small: trace.small, fields: 0 },
      { bits: 0, small: 0, fields: challengeLayout(shape).size },
    ],
    state: MACHINE_STATE,
    description: new TextEncoder().encode(canonicalJson({ machine: shape })),
    build: (circuit) => buildMachine(circuit, shape),
  };
}
