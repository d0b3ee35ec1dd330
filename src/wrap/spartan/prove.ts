/**
 * Spartan for the folded primary instance, prover's side (protocol section 9.2): from <eq(rho), Q(z)> = v to one
 * value each of M~ and P~. The verifier, as a circuit, is verify.ts.
 *
 * First sum-check: v - u^4 linear = sum_p W_p (u^3 A_p B_p + S_p^5) (products.ts). It ends in a = A~(r), b = B~(r) and
 * l = S~(r). Second: a + gamma b + gamma^2 l + gamma^3 linear = <weights, z>, where z is vectors over one index y:
 * Z = (u, x), and the blocks.
 * Time: a few engine sweeps over 2^18 elements and one pass over products and terms; about two seconds at digits512.
 */
import { concat } from '../../algebra/concat.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { nativeSponge, type Transcript } from '../../algebra/sponge.ts';
import { invariant } from '../../errors.ts';
import { rangeOf } from '../../folding/layout.ts';
import type { Interruptible } from '../../turns.ts';
import { type CommittedBlocks, committedBlocks, type FoldedWitness, repeated, slice, take, zeros } from './blocks.ts';
import type { JoinedWitness } from './joined.ts';
import { type ProductList, productList, type SpartanSystem } from './products.ts';
import { answersOf, innerTranscript, outerTranscript, type SpartanClaim, type SpartanProof } from './proof.ts';
import { outerFunctions, type RowSum, type RowWork, rowSummands } from './row-sum.ts';
import { proveQuadratic, proveSummands } from './sumcheck.ts';

const F = field(R);

/** The proof, the point where it ends and the committed vectors (which the opening needs next). */
export interface ProvenSpartan {
  readonly proof: SpartanProof;
  readonly ry: readonly bigint[];
  /** The blocks, then the joined vectors. */
  readonly vectors: readonly Vec[];
}

/** What of the first sum-check depends on no challenge: it can be made while others are committing. */
export interface PreparedSpartan {
  readonly blocks: CommittedBlocks;
  readonly eqRho: Vec;
  /** lin of the protocol. */
  readonly linear: bigint;
  /** W, A, B and S over all positions. */
  readonly functions: readonly Vec[];
}

export function* prepareSpartan(
  engine: Engine,
  system: SpartanSystem,
  claim: SpartanClaim<bigint>,
  folded: FoldedWitness,
): Interruptible<PreparedSpartan> {
  const { fr } = engine;
  const list = productList(system);
  yield;
  const blocks = committedBlocks(system, folded);
  const eqRho = fr.eqTable(fr.encode(claim.rho));
  const operands = concat([folded.z, system.rows.forms(folded.z)]);
  yield;
  const linear = fr.decode(fr.dot(linearTerms(engine, list, operands), take(eqRho, list.linear.row)))[0]!;
  yield;
  const functions = outerFunctions(engine, system, list, { eqRho, operands, blocks, u: claim.u });
  yield;
  return { blocks, eqRho, linear, functions };
}

/**
 * Proves the claim of U* with its opening. `transcript` must have absorbed the claim and both commitments.
 * Throws E_BUG when the claim is false.
 */
export function* proveSpartan(
  engine: Engine,
  transcript: Transcript<bigint>,
  system: SpartanSystem,
  claim: SpartanClaim<bigint>,
  folded: FoldedWitness | PreparedSpartan,
  joined: readonly JoinedWitness[] = [],
  work?: RowWork,
): Interruptible<ProvenSpartan> {
  const { fr } = engine;
  const prepared = 'functions' in folded ? folded : yield* prepareSpartan(engine, system, claim, folded);
  const { blocks, eqRho, linear, functions } = prepared;
  const list = productList(system);
  const element = (v: Vec): bigint => fr.decode(v)[0]!;
  const outerRounds = outerTranscript(nativeSponge(engine), transcript);
  outerRounds.absorb(linear);

  const start = F.sub(claim.v, F.mul(F.pow(claim.u, 4n), linear));
  const firstBox = system.layout.listed + system.matrix.sizes.rows;
  const rows: RowSum = { log: list.log, boxes: [firstBox, firstBox + system.matrix.sizes.boxes], u: claim.u };
  const summands = rowSummands(rows);
  const values = (used: readonly number[]): Vec[] => used.map((f) => functions[f]!);
  const sum = summands.reduce((s, summand) => F.add(s, summand.sum(engine, values(summand.functions))), 0n);
  invariant(sum === start, 'the folded instance does not satisfy its claim');
  yield;
  const outer = yield* proveSummands(engine, functions, summands, start, answersOf(outerRounds), work?.(rows));
  const [, a, b, l] = outer.finals as readonly [bigint, bigint, bigint, bigint];

  const gamma = answersOf(outerRounds)([a, b, l]);
  const rounds = innerTranscript(nativeSponge(engine), gamma);
  const eqR = fr.eqTable(fr.encode(outer.point));
  yield;
  const weights = yield* innerWeights(engine, system, list, { eqRho, eqR, gamma });
  const vectors = [...blocks, ...joined.map(({ vector }) => vector)];
  const logs = vectors.map((vector) => Math.log2(vector.length / FIELD_BYTES));
  let power = F.pow(gamma, 3n);
  let combined = a + gamma * (b + gamma * (l + gamma * linear));
  const further: Vec[] = [];
  for (const { claims, weights: ofClaims } of joined) {
    const factors = claims.map(() => (power = F.mul(power, gamma)));
    combined += factors.reduce((sum, factor, k) => sum + factor * claims[k]!, 0n);
    further.push(yield* ofClaims(factors));
    yield;
  }
  const ofVectors = [...weights.blocks, ...further];
  const pairs = [
    [weights.head, fr.encode([claim.u, claim.x])] as const,
    ...vectors.map((vector, k) => [ofVectors[k]!, vector] as const),
  ];
  const inner = yield* proveQuadratic(engine, pairs, F.create(combined), answersOf(rounds));

  yield;
  const claims = vectors.map((vector, k) => {
    const point = inner.point.slice(0, logs[k]!);
    return element(fr.dot(vector, fr.eqTable(fr.encode(point))));
  });
  rounds.absorb(...claims);
  transcript.absorb(rounds.squeeze());
  return { proof: { linear, outer: outer.rounds, a, b, l, inner: inner.rounds, claims }, ry: inner.point, vectors };
}

/** coefficient * operand of every linear term. */
function linearTerms(engine: Engine, list: ProductList, operands: Vec): Vec {
  const { coefficient, operand } = list.linear;
  return engine.fr.mul(take(engine.fr.encode(list.coefficients), coefficient), take(operands, operand));
}

/**
 * The vectors of the second sum-check's weights: what a + gamma b + gamma^2 l + gamma^3 linear is, as a form in (u, x) and
 * the blocks.
 */
function* innerWeights(
  engine: Engine,
  { matrix, layout }: SpartanSystem,
  { products, boxes, linear, coefficients }: ProductList,
  { eqRho, eqR, gamma }: { readonly eqRho: Vec; readonly eqR: Vec; readonly gamma: bigint },
): Interruptible<{ readonly head: Vec; readonly blocks: readonly Vec[] }> {
  const { fr } = engine;
  const { variables, formStart, formVar, formCoef } = matrix.matrix;
  const weight: bigint[] = new Array(variables + matrix.sizes.forms).fill(0n);
  const atProducts = fr.decode(take(eqR, products.position));
  products.left.forEach((o, k) => {
    weight[o]! += coefficients[products.coefficient[k]!]! * atProducts[k]!;
  });
  products.right.forEach((o, k) => {
    weight[o]! += gamma * atProducts[k]!;
  });
  yield;
  const square = F.mul(gamma, gamma);
  const atBoxes = fr.decode(take(eqR, boxes.row));
  boxes.operand.forEach((o, k) => {
    weight[o]! += square * atBoxes[k]!;
  });
  const cube = F.mul(square, gamma);
  const atRows = fr.decode(take(eqRho, linear.row));
  linear.operand.forEach((o, k) => {
    weight[o]! += F.mul(coefficients[linear.coefficient[k]!]!, atRows[k]!) * cube;
  });
  yield;
  for (let f = 0; f + 1 < formStart.length; f++) {
    const formWeight = weight[variables + f]! % R;
    for (let k = formStart[f]!; k < formStart[f + 1]!; k++)
      weight[formVar[k]!]! += coefficients[formCoef[k]!]! * formWeight;
  }

  yield;
  // bit rows: B_k on the left, B_k - u on the right
  let ones = 0n;
  const blocks = layout.blocks.map(({ log, bits, fields }) => {
    const out = zeros(2 ** log);
    out.set(fr.encode(weight.slice(...rangeOf(matrix, fields.part))), fields.at * FIELD_BYTES);
    if (bits) {
      const rows = slice(eqR, bits.row, bits.row + fields.at);
      out.set(fr.encode(weight.slice(...rangeOf(matrix, bits.part))));
      fr.axpy(slice(out, 0, fields.at), fr.encode([1n + gamma]), rows);
      ones += fr.decode(fr.dot(rows, repeated(engine, 1n, fields.at)))[0]!;
    }
    return out;
  });
  return { head: fr.encode([weight[0]! - gamma * ones, weight[1]!]), blocks };
}
