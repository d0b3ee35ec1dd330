/** The CycleFold circuit as a system under test: inputs, runs, and where its rows and variables stand. */
import { add, mul } from '../../src/algebra/curve.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { type Affine, G1_PARAMS } from '../../src/algebra/params.ts';
import { cycleFoldCircuit } from '../../src/folding/cyclefold-circuit.ts';
import { scalarOfChallenge } from '../../src/folding/fold-verifier.ts';
import { type Cheat, TestSystem } from '../helpers/circuit.ts';

export const engine = await createEngine();
export const system = new TestSystem(engine, 'fq', (cs) => cycleFoldCircuit(cs, () => []));

/** k times the generator of G1. */
export const at = (k: bigint): Affine => mul(G1_PARAMS, G1_PARAMS.generator, k)!;
export const sumOf = (r: bigint, A: Affine, B: Affine): Affine =>
  add(G1_PARAMS, A, mul(G1_PARAMS, B, scalarOfChallenge(r)))!;
export const inputOf = (r: bigint, A: Affine, B: Affine, C: Affine): bigint[] => [r, A.x, A.y, B.x, B.y, C.x, C.y];

/** z = (1, r, A, B, C, w) of one run. */
export const run = (input: readonly bigint[], cheat?: Cheat): bigint[] =>
  system.witness((cs) => cycleFoldCircuit(cs, () => input), [], cheat).z;
export const violated = (input: readonly bigint[], cheat?: Cheat): number[] => system.violatedRows(run(input, cheat));

/** Rows after the six of each round: the final addition, the digits, B on the curve. */
export const ROW = { slope: 384, sumX: 385, sumY: 386, digitsX: 387, digitsY: 388, square: 389, curve: 390 } as const;
/** Variables of round j: first position in z; and their order. */
export const W = 8;
export const VARIABLES = ['xQ', 'yQ', 'l1', 'l2', 'xR', 'x'] as const;
export const roundAt = (j: number): number => W + VARIABLES.length * j;
/** Variables after the rounds, as positions in z. */
export const SLOPE = W + 384;
export const DIGITS = W + 385;
export const SQUARE = W + 386;
