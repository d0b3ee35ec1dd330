/** Stages of a run and parts of a step, as a reader of a report knows them. */

export const STAGE_WORDS: Readonly<Record<string, string>> = {
  circuit: 'step circuit, key',
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

export const PART_WORDS: Readonly<Record<string, string>> = {
  witness: 'witness of the chain',
  commit: 'commitments',
  cycleFold: 'CycleFold',
  fold: 'fold of the rows',
  checkpoint: 'checkpoint',
};
