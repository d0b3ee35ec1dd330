/**
 * Spartan for the folded primary instance, prover's side (protocol section 9.2): from <eq(rho), Q(z)> = v to one
 * value each of M~ and P~. The verifier, as a circuit, is verify.ts.
 *
 * First sum-check: v - u linear = sum_p W_p A_p B_p (products.ts). It ends in a = A~(r) and b = B~(r).
 * Second: a + gamma b + gamma^2 linear = <weights, z>, where z is vectors over one index y: Z = (u, x), and the blocks.
 * Time: a few engine sweeps over 2^18 elements and one pass over products and terms; about two seconds at digits512.
 */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { nativeSponge, type Transcript } from '../../algebra/sponge.ts';
import { invariant } from '../../errors.ts';
import { rangeOf } from '../../folding/layout.ts';
import type { Pieces } from '../../pieces.ts';
import {
  type CommittedBlocks,
  committedBlocks,
  type FoldedWitness,
  gather,
  padded,
  repeated,
  slice,
  zeros,
} from './blocks.ts';
import { innerLog, type ProductList, productList, type SpartanSystem } from './products.ts';
import { roundTranscript, type SpartanClaim, type SpartanProof } from './proof.ts';
import { proveCubic, proveQuadratic } from './sumcheck.ts';

const F = field(R);

/** The proof, the point where it ends and the committed vectors (which the opening needs next). */
export interface ProvenSpartan {
  readonly proof: SpartanProof;
  readonly ry: readonly bigint[];
  readonly blocks: CommittedBlocks;
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
  folded: FoldedWitness,
): Pieces<ProvenSpartan> {
  const { fr } = engine;
  const list = productList(system);
  yield;
  const blocks = committedBlocks(system, folded);
  const eqRho = fr.eqTable(fr.encode(claim.rho));
  const operands = concat(folded.z, system.rows.forms(folded.z));
  const element = (v: Vec): bigint => fr.decode(v)[0]!;

  yield;
  const linear = element(fr.dot(linearTerms(engine, list, operands), take(eqRho, list.linear.row)));
  const rounds = roundTranscript(nativeSponge(engine), transcript);
  rounds.absorb(linear);
  const answer = (message: readonly bigint[]): bigint => {
    rounds.absorb(...message);
    return rounds.squeeze();
  };

  yield;
  const functions = outerFunctions(engine, system, list, { eqRho, operands, blocks, u: claim.u });
  yield;
  const start = F.sub(claim.v, F.mul(claim.u, linear));
  const sum = element(fr.dot(fr.mul(functions[0], functions[1]), functions[2]));
  invariant(sum === start, 'the folded instance does not satisfy its claim');
  yield;
  const outer = yield* proveCubic(engine, functions, start, answer);
  const [, a, b] = outer.finals as readonly [bigint, bigint, bigint];

  const gamma = answer([a, b]);
  const eqR = fr.eqTable(fr.encode(outer.point));
  yield;
  const weights = yield* innerWeights(engine, system, list, { eqRho, eqR, gamma });
  const size = 2 ** innerLog(system);
  yield;
  const pairs = [
    [weights.head, fr.encode([claim.u, claim.x])],
    ...blocks.map((block, k) => [weights.blocks[k]!, block]),
  ].flatMap((pair) => pair.map((v) => padded(v, size)));
  const inner = yield* proveQuadratic(engine, pairs, F.create(a + gamma * (b + gamma * linear)), answer);

  yield;
  const claims = blocks.map((block, k) => {
    const point = inner.point.slice(0, system.layout.blocks[k]!.log);
    return element(fr.dot(block, fr.eqTable(fr.encode(point))));
  });
  rounds.absorb(...claims);
  transcript.absorb(rounds.squeeze());
  return { proof: { linear, outer: outer.rounds, a, b, inner: inner.rounds, claims }, ry: inner.point, blocks };
}

/** coefficient * operand of every linear term. */
function linearTerms(engine: Engine, list: ProductList, operands: Vec): Vec {
  const { coefficient, operand } = list.linear;
  return engine.fr.mul(take(engine.fr.encode(list.coefficients), coefficient), take(operands, operand));
}

interface OuterInputs {
  readonly eqRho: Vec;
  readonly operands: Vec;
  readonly blocks: CommittedBlocks;
  readonly u: bigint;
}

/** W, A and B over all positions of the list. */
function outerFunctions(
  engine: Engine,
  { layout }: SpartanSystem,
  { log, products, coefficients }: ProductList,
  { eqRho, operands, blocks, u }: OuterInputs,
): readonly [Vec, Vec, Vec] {
  const { fr } = engine;
  const [w, a, b] = [padded(eqRho, 2 ** log), zeros(2 ** log), zeros(2 ** log)];
  for (const [k, { bits: own }] of layout.blocks.entries()) {
    if (!own) continue;
    const bits = slice(blocks[k]!, 0, 2 ** own.log);
    a.set(bits, own.row * FIELD_BYTES);
    b.set(fr.sub(bits, repeated(engine, u, 2 ** own.log)), own.row * FIELD_BYTES);
  }
  const { position, row, left, right, coefficient } = products;
  gather(fr.mul(take(fr.encode(coefficients), coefficient), take(operands, left)), counting(left.length), a, position);
  gather(operands, right, b, position);
  gather(eqRho, row, w, position);
  return [w, a, b];
}

/** The vectors of the second sum-check's weights: what a + gamma b + gamma^2 linear is, as a form in (u, x) and the blocks. */
function* innerWeights(
  engine: Engine,
  { matrix, layout }: SpartanSystem,
  { products, linear, coefficients }: ProductList,
  { eqRho, eqR, gamma }: { readonly eqRho: Vec; readonly eqR: Vec; readonly gamma: bigint },
): Pieces<{ readonly head: Vec; readonly blocks: readonly Vec[] }> {
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
  const atRows = fr.decode(take(eqRho, linear.row));
  linear.operand.forEach((o, k) => {
    weight[o]! += F.mul(coefficients[linear.coefficient[k]!]!, atRows[k]!) * square;
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
      const rows = slice(eqR, bits.row, bits.row + 2 ** bits.log);
      out.set(fr.encode(weight.slice(...rangeOf(matrix, bits.part))));
      fr.axpy(slice(out, 0, 2 ** bits.log), fr.encode([1n + gamma]), rows);
      ones += fr.decode(fr.dot(rows, repeated(engine, 1n, 2 ** bits.log)))[0]!;
    }
    return out;
  });
  return { head: fr.encode([weight[0]! - gamma * ones, weight[1]!]), blocks };
}

function take(source: Vec, indices: Uint32Array): Vec {
  const out = zeros(indices.length);
  gather(source, indices, out);
  return out;
}

function counting(n: number): Uint32Array {
  return Uint32Array.from({ length: n }, (_, k) => k);
}

function concat(a: Vec, b: Vec): Vec {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
