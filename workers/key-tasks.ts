/** Threads of a set-up: see src/wrap/groth16/key-tasks.ts. */
import { createEngine } from '../src/algebra/index.ts';
import { hasSimd } from '../src/algebra/kernels/index.ts';
import { type Outcome, outcome } from '../src/pool/outcome.ts';
import * as tasks from '../src/wrap/groth16/key-tasks.ts';

const ready = createEngine();
let g2: Promise<tasks.G2Maker> | undefined;

export const columns = async (input: tasks.ColumnsInput): Promise<Outcome<Uint8Array>> => {
  const engine = await ready;
  return outcome(() => tasks.columns(engine, input));
};

/** Multiples in either group. A thread keeps what it has for G2. */
export const points = async ({ group, scalars, expected }: tasks.PointsInput): Promise<Outcome<Uint8Array>> => {
  const engine = await ready;
  if (group === 'g1') return outcome(() => tasks.g1Multiples(engine, scalars));
  g2 ??= tasks.g2Maker(engine, expected, hasSimd());
  const make = await g2;
  return outcome(() => make(scalars));
};
