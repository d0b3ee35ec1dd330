/** Threads that make keys: of a set-up (src/wrap/groth16/key-tasks.ts), and the transparent commitment key. */
import { createEngine } from '../src/algebra/index.ts';
import { hasSimd } from '../src/algebra/kernels/index.ts';
import { transparentPoints } from '../src/folding/transparent-key.ts';
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

/** Points [from, to) of the transparent key, canonical. */
export const transparent = async ({ from, to }: { from: number; to: number }): Promise<Outcome<Uint8Array>> => {
  const engine = await ready;
  return outcome(() => transparentPoints(engine, from, to));
};
