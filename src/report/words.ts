/** Stages of a run and parts of a step, as a reader of a report knows them. */

import type { Unit } from '../machine/usage.ts';

export const STAGE_WORDS: Readonly<Record<string, string>> = {
  circuit: 'step circuit, key',
  program: 'program of the machine',
  trace: 'trace commitments',
  integers: 'integer run',
  commit: 'model commitments',
  fold: 'fold',
  compress: 'compressed proof',
  'wrap-circuit': 'circuit of the final proof',
  setup: 'set-up of its key',
  'wrap-prepare': 'last fold, Spartan',
  'wrap-witness': 'witness',
  groth16: 'Groth16',
  'final-verify': 'verify the final proof',
  members: 'check the items',
  verify: 'verify the folded proof',
  write: 'write',
};

/** Units of the tensor machine. */
export const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  lanes: 'lane vectors',
  bank: 'vector reads',
  weights: 'weights, blocks',
  products: 'lane products',
  residuals: 'second reads of lanes',
  computed: 'computed weights, vectors',
  lookups: 'look-ups, vectors',
  constants: 'constant vectors',
  io: 'inputs and outputs, vectors',
};

export const PART_WORDS: Readonly<Record<string, string>> = {
  witness: 'witness of the chain',
  commit: 'commitments',
  cycleFold: 'CycleFold',
  fold: 'fold of the rows',
  checkpoint: 'checkpoint',
};
