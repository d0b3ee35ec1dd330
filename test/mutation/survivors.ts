/** Mutants that survive, with the argument why each changes nothing, or what else notices it. docs/security.md has the same table. */
export interface Survivor {
  /** As the table says it. */
  readonly weakened: string;
  readonly redundant: string;
  readonly mutants: readonly string[];
}

const STEP = 'stepCircuit#1 > runPrologue';
const STEPS = ['step', 'machine step'];
const WRAPS = ['wrap last fold', 'machine wrap'];
const FOLD = 'verifyFold#11 > foldCycleFold#2';
/** Rows of a reduction modulo q, and the factors that hold its quotient: after a product or two for each block. */
const REDUCTIONS = [
  ...STEPS.map((circuit) => [`${circuit} | non-native: stepCircuit#2 > foldStep#1 > ${FOLD}`, circuit] as const),
  [`wrap last fold | fold/non-native: foldLast#12 > ${FOLD}`, 'wrap last fold'] as const,
  [`machine wrap | fold/non-native: foldLast#11 > ${FOLD}`, 'machine wrap'] as const,
].map(([where, circuit]) => ({ where, blocks: circuit.startsWith('machine') ? 3 : 2 }));

const CONTRACT = 'source | contracts/FoldVerifier.sol.template |';
const ON_G1 = `${CONTRACT} _onG1: a bound moved in return p.x < Q && p.y < Q && mulmod(p.y, p.y, Q) == addmod(cube, 3, Q);`;
const ON_G2 = `${CONTRACT} _onG2: a bound moved in if (p.x0 >= Q || p.x1 >= Q || p.y0 >= Q || p.y1 >= Q) return false;`;
const CANONICAL = `${CONTRACT} _canonical: a bound moved in && p.zeta < R && p.zetaInverse < R && p.g < R && p.f1 < R && p.f2 < R && p.signalsDiges...`;

export const SURVIVORS: readonly Survivor[] = [
  {
    weakened: 'Step circuit: i is compared with 0, off at i = 0',
    redundant:
      'A step 0 that is no start folds an instance whose x hashes the counter 0. Every step hashes its own counter plus one, and -1 is no counter: it is no q L + j of 17 and 32 bits.',
    mutants: STEPS.map((circuit) => `mask | ${circuit} | ${STEP}#1 > isZero#1 | off where start`),
  },
  {
    weakened: 'Step circuit, last fold: a value is compared with 0, its inverse off where the result is 1',
    redundant: 'The row that follows, value times result = 0, admits the result 1 only where the value is 0.',
    mutants: [
      ...[
        ...STEPS.map((circuit) => `${circuit} | ${STEP}#1`),
        ...WRAPS.map((circuit) => `${circuit} | statement: foldLast#3`),
      ].map((where) => `mask | ${where} > isZero#1 | off where factor 1b of the row after is 1`),
    ],
  },
  {
    weakened: 'Step circuit: i times the result of its comparison with 0, off at i = 0',
    redundant: 'The product is 0 there, whatever the result.',
    mutants: STEPS.map((circuit) => `mask | ${circuit} | ${STEP}#1 > isZero#2 | off where start`),
  },
  {
    weakened: 'Last fold: the root is compared with 0, off for a single run',
    redundant:
      'A single run that says it is a batch needs its item under the root 0, whose preimage under Poseidon nobody knows.',
    mutants: WRAPS.map((circuit) => `mask | ${circuit} | statement: foldLast#3 > isZero#1 | off where single run`),
  },
  {
    weakened: 'Step circuit: index of the item that ends, masked and in bits, off where no item ends',
    redundant: 'The index chooses a child on the path, whose top is compared with the root only where an item ends.',
    mutants: [`step | item: ${STEP}#8`, `machine step | item: ${STEP}#9`].flatMap((item) => [
      ...['start', 'not network begins', 'not item ends', 'factor 1a is 0', 'factor 1a of the row before is 0'].map(
        (where) => `mask | ${item} > checkItem#2 > masked > multiply | off where ${where}`,
      ),
      ...['start', 'not network begins', 'not item ends', 'factor 1a of the row before is 0'].map(
        (where) => `mask | ${item} > checkItem#1 > toBits > assertEqual | off where ${where}`,
      ),
    ]),
  },
  {
    weakened: 'Last fold: index of the last item, masked and in bits, off for a single run, or without its mask',
    redundant: 'As in the step circuit; and the index of a single run is 0 by the row that says it has one item.',
    mutants: WRAPS.map((circuit) => `${circuit} | item: foldLast#10`).flatMap((item) => [
      ...['single run', 'factor 1a is 0'].map(
        (where) => `mask | ${item} > checkItem#2 > masked > multiply | off where ${where}`,
      ),
      ...['single run', 'factor 1a of the row before is 0'].map(
        (where) => `mask | ${item} > checkItem#1 > toBits > assertEqual | off where ${where}`,
      ),
      `term | ${item} > checkItem#2 > masked > multiply | a term of factor 1a left out`,
    ]),
  },
  {
    weakened: 'CycleFold inputs modulo q: the highest of the 132 bits of the quotient, left out of one of its two rows',
    redundant:
      "Set, it would be missed by one row: X = x + sum n_i x_i - k q - x'' would be 2^131 q off 0 modulo 2^136, or modulo r, and 0 modulo the other. x, x_i < 2^254 and n_i < 3 * 2^128 make X < 2^386 for three blocks: no such X has -2^133 q < X < 2^386. With two blocks k < 2^131, so that it is 0 in every witness.",
    mutants: [
      ...REDUCTIONS.flatMap(({ where, blocks }) => [
        `term | ${where} > foldFq#1 | a term of factor ${2 * blocks + 1}a left out`,
        `term | ${where} > foldFq#2 | a term of factor ${blocks + 1}a left out`,
      ]),
    ],
  },
  {
    weakened: 'Fold: r and the limbs of the fresh commitments, not absorbed with the CycleFold instances',
    redundant: 'The same transcript has squeezed r, and absorbed these limbs before its first challenge.',
    mutants: ['step', 'wrap last fold', 'machine step', 'machine wrap'].flatMap((circuit) =>
      ['r', 'fresh commitments'].map((what) => `absorption | ${circuit} | fold: again ${what}`),
    ),
  },
  {
    weakened:
      'Inner-product argument, its prover: a message that is infinity is refused, the key is not folded in the last round',
    redundant:
      'Neither is a check of the verifier. A prover without a point stops where the limbs of the point are taken; nobody reads the point that one more fold of the key gives.',
    mutants: [
      "without invariant(sum, 'a message of the inner-product argument is infinity');",
      '>= in n > 0, not >',
    ].map((what) => `source | src/compressed/inner-product.ts | proveInnerProduct: ${what}`),
  },
  {
    weakened: 'Batch contract: a statement with the root 0, that of a single run, has items',
    redundant: 'An item under the root 0 needs a preimage of 0 under Poseidon, which nobody knows.',
    mutants: ['FoldBatch', 'FoldMachineBatch'].map(
      (name) => `source | contracts/${name}.sol.template | isProven: of a list without && statement.root != 0`,
    ),
  },
  {
    weakened: 'Verifier contract: a coordinate of a point is q',
    redundant:
      'In G1 it stands for 0, and no point has a coordinate 0. In G2 the precompile refuses it: the call reverts, and does not say false.',
    mutants: [
      ...['', ' (2)'].map((k) => `${ON_G1}, not <${k}`),
      ...['', ' (2)', ' (3)', ' (4)'].map((k) => `${ON_G2}, not >=${k}`),
    ],
  },
  {
    weakened: 'Verifier contract: zeta or its inverse is r',
    redundant: 'Their product would be 0, not 1.',
    mutants: ['', ' (2)'].map((k) => `${CANONICAL}, not <${k}`),
  },
  {
    weakened: 'Groth16 verification: the bounds of nPublic',
    redundant: 'The points IC are bounded in number and must be nPublic + 1; a list of inputs has no negative length.',
    mutants: ['min in z.int().min(0)', 'max in z.int().min(0).max(MAX_INPUTS)'].map(
      (what) => `source | src/wrap/groth16/verify.ts | VerificationKeyJson: without ${what}`,
    ),
  },
  {
    weakened: 'Groth16 verification: coordinates of q and above are refused',
    redundant: 'noble, which makes the point, refuses them too; the check is there so that nothing depends on that.',
    mutants: [
      'without coordinates.some((c) => c >= Q) in !affine || coordinates.some((c) => c >= Q)',
      'in coordinates.some((c) => c >= Q) not some',
      '> in c >= Q, not >=',
    ].map((what) => `source | src/wrap/groth16/verify.ts | checked: ${what}`),
  },
  {
    weakened: 'Groth16 verification: a point is refused where one coordinate is 0, not where all are',
    redundant:
      'Stricter, and no difference: no point of G1 has a coordinate 0 (its order would be 2 or 3), and a point of G2 that is drawn has one with probability 2^-252.',
    mutants: ['source | src/wrap/groth16/verify.ts | checked: in coordinates.every((c) => c === 0n) not every'],
  },
  {
    weakened:
      'Wrap, auxiliary check: the challenges that are taken in bits: an S-box of their draw, their decomposition',
    redundant:
      'Not redundant, but noticed elsewhere. Bits have no direction, and the messages of a prover with other challenges would have to be made anew, which is not done here. test/wrap/auxiliary/reduction.test.ts refuses every other split of an element; the same code writes the S-boxes of the draws of tau and lambda, and those are noticed here.',
    mutants: [
      'row | wrap auxiliary | challenges/transcript: verifyAuxiliary#3 > draw > squeeze > S-box',
      'row | wrap auxiliary | challenges: verifyAuxiliary#2 > challengePair#1 > assertEqual',
    ],
  },
];

const ALL = new Set(SURVIVORS.flatMap(({ mutants }) => mutants));
export const explained = (id: string): boolean => ALL.has(id);
