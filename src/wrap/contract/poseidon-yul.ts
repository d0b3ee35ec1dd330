/**
 * The repetitive parts of the batch contract's Poseidon as Yul: loops unrolled into sums of products, because a loop's
 * own work would cost more than its products. Each function is the body of the Yul function of the same name in
 * contracts/FoldBatch.sol.template, where what it does is said.
 */
import { domainTag } from '../../algebra/sponge.ts';
import { invariant } from '../../errors.ts';
import { type BatchConstants, NODE_WIDTH, POWERED, type SmallPermutation, STATE, WORD } from './batch-constants.ts';
import { lazySum } from './lazy-sum.ts';

/** Partial rounds in one piece: each e_i is loaded and stored once for them; more would not fit the EVM's stack. */
const BLOCK = 4;

const hex = (n: number): string => `0x${n.toString(16)}`;
const load = (address: number): string => `mload(${hex(address)})`;
const word = (base: number, i: number): number => base + WORD * i;
const product = (a: string, b: string): string => `mulmod(${a}, ${b}, r)`;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Row i of the matrix in `matrix` times S. */
function row({ at }: BatchConstants, i: number): string {
  const terms = range(NODE_WIDTH).map((j) =>
    product(load(word(at.matrix, NODE_WIDTH * i + j)), load(word(POWERED, j))),
  );
  return lazySum(terms, 1);
}

/** Does something with x^5; x need not be reduced. Written out each time: the call of a function would cost as much. */
const withFifth = (x: string, then: (power: string) => string): string =>
  `{ let x := ${x} let z := mulmod(x, x, r) ${then('mulmod(mulmod(z, z, r), x, r)')} }`;

export const power = (): string[] =>
  range(NODE_WIDTH).map((i) =>
    withFifth(
      `add(${load(word(STATE, i))}, mload(add(constants, ${WORD * i})))`,
      (p) => `mstore(${hex(word(POWERED, i))}, ${p})`,
    ),
  );

/** The same in less code: row i of the matrix at m times S. */
export const rowFunction = (): string[] => [
  '            /// A row of the matrix times S, reduced.',
  '            function row(m, r) -> y {',
  `                y := ${lazySum(
    range(NODE_WIDTH).map((j) => product(`mload(add(m, ${WORD * j}))`, load(word(POWERED, j)))),
    1,
  )}`,
  '            }',
];
export const rowCall = ({ at }: BatchConstants, i: number): string => `row(${hex(word(at.matrix, NODE_WIDTH * i))}, r)`;

export const mixByRows = ({ at }: BatchConstants): string[] => [
  `let m := ${hex(at.matrix)}`,
  `for { let t := ${hex(STATE)} } lt(t, ${hex(word(STATE, NODE_WIDTH))}) { t := add(t, ${WORD}) } {`,
  '    mstore(t, row(m, r))',
  `    m := add(m, ${NODE_WIDTH * WORD})`,
  '}',
];

export const mix = (constants: BatchConstants): string[] =>
  range(NODE_WIDTH).map((i) => `mstore(${hex(word(STATE, i))}, ${row(constants, i)})`);

/** e_i and s of a block: after k rounds e_i is e_(i+k) plus c_(i+k-1-j) a_j + h_(i+k-1-j) s_j over the rounds j below k. */
export function recur({ at }: BatchConstants): string[] {
  const e = (i: number): number => word(STATE, i);
  const terms = (i: number, rounds: number): string[] => [
    ...(i + rounds < NODE_WIDTH ? [load(e(i + rounds))] : []),
    ...range(rounds)
      .map((j) => ({ j, index: i + rounds - 1 - j }))
      .filter(({ index }) => index < NODE_WIDTH)
      .flatMap(({ j, index }) => [
        product(load(word(at.feedback, index - 1)), `a${j}`),
        product(load(word(at.drive, index - 1)), `s${j}`),
      ]),
  ];
  const rounds = range(BLOCK).flatMap((j) => [
    // x is below 4 r: one product and a_j; with its constant it is below 5 r
    `let a${j} := ${lazySum(terms(1, j), 3)}`,
    `let s${j}`,
    withFifth(`add(${load(STATE)}, mload(add(constants, ${WORD * j})))`, (p) => `s${j} := ${p}`),
    `mstore(${hex(STATE)}, add(${product(load(at.matrix), `s${j}`)}, a${j}))`,
  ]);
  const elements = range(NODE_WIDTH - 1).map((i) => `mstore(${hex(e(i + 1))}, ${lazySum(terms(i + 1, BLOCK), 1)})`);
  return [...rounds, ...elements];
}

/** @param last row 1 of the last product */
export function permute(constants: BatchConstants, last = row(constants, 1)): string[] {
  const { at, rounds, nodeRounds } = constants;
  const stateBytes = NODE_WIDTH * WORD;
  const matrixBytes = NODE_WIDTH * stateBytes;
  const full = (from: number, to: number): string =>
    `for { let k := ${hex(at.full + from * stateBytes)} } lt(k, ${hex(at.full + to * stateBytes)}) { k := add(k, ${stateBytes}) } { power(k, r) mix(r) }`;
  const { before, partial, after } = nodeRounds;
  return [
    full(0, before - 1),
    `extcodecopy(bases_, ${hex(at.matrix)}, 1, ${matrixBytes})`,
    full(before - 1, before),
    `for { let k := ${hex(at.partial)} } lt(k, ${hex(at.partial + partial * WORD)}) { k := add(k, ${BLOCK * WORD}) } { recur(k, r) }`,
    `extcodecopy(bases_, ${hex(at.matrix)}, ${1 + matrixBytes}, ${matrixBytes})`,
    ...range(NODE_WIDTH).map((i) => `mstore(${hex(word(POWERED, i))}, ${load(word(STATE, i))})`),
    'mix(r)',
    `extcodecopy(rounds_, ${hex(at.matrix)}, ${1 + rounds.length - matrixBytes}, ${matrixBytes})`,
    full(before, before + after - 1),
    `power(${hex(at.full + (before + after - 1) * stateBytes)}, r)`,
    `y := ${last}`,
  ];
}

/** Element 1 of a small permutation of (tag, arguments), all rounds with the whole matrix. `names` are the arguments'. */
export function smallHash(
  { width, rounds: count, full, partial, matrix: entries }: SmallPermutation,
  domain: string,
  names: readonly string[],
): string[] {
  invariant(names.length === width - 1, `${names.length} arguments of a permutation of ${width}`);
  const state = ['t', ...names];
  const sums = range(width).map((i) => {
    const terms = state.map((x, j) => product(load(word(entries, width * i + j)), x));
    return terms.reduce((sum, term) => `add(${term}, ${sum})`);
  });
  const last = state.length - 1;
  const mixed = [
    ...state.slice(0, last).map((x, i) => `let ${x}_ := ${sums[i]}`),
    `${state[last]} := ${sums[last]}`,
    ...state.slice(0, last).map((x) => `${x} := ${x}_`),
  ];
  const rounds = (from: number, to: number, step: number, body: readonly string[]): string[] => [
    `for { let k := ${hex(from)} } lt(k, ${hex(to)}) { k := add(k, ${step}) } {`,
    ...[...body, ...mixed].map((line) => `    ${line}`),
    '}',
  ];
  const powers = state.map((x, i) => withFifth(`add(${x}, mload(add(k, ${WORD * i})))`, (p) => `${x} := ${p}`));
  const step = width * WORD;
  const middle = full + count.before * step;
  return [
    `let t := 0x${domainTag(domain, width - 1).toString(16)}`,
    ...rounds(full, middle, step, powers),
    ...rounds(partial, partial + count.partial * WORD, WORD, powers.slice(0, 1)),
    ...rounds(middle, middle + count.after * step, step, powers),
    `y := mod(${state[1]}, r)`,
  ];
}

export const nodeTag = (): string => `0x${domainTag('batch-node', NODE_WIDTH - 1).toString(16)}`;
