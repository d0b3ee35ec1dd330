/**
 * What wraps publish of one witness, counted. The commitments, [s], f(zeta), f(1/zeta) and the quotients are linear
 * functionals of the coefficients of p_M, p_P and p_Aux; what hides the witness are the blinding coefficients. A set of functionals tells
 * nothing of the others exactly if its rank in the blinding coefficients alone is its rank in all of them: then every value of the
 * set is as likely for one witness as for another. So no more independent ones may be published than there is blinding.
 */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mul } from '../../src/algebra/curve.ts';
import { type Engine, FIELD_BYTES, type Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { G1_PARAMS, R } from '../../src/algebra/params.ts';
import type { Transcript } from '../../src/algebra/sponge.ts';
import { SLOT_BLOCKS as BLOCKS, ofChainBlock } from '../../src/folding/blocks.ts';
import { ChainProver } from '../../src/folding/chain.ts';
import { createBuffers, localCompute } from '../../src/folding/compute.ts';
import { restoreChain } from '../../src/folding/position.ts';
import type { FoldedProof } from '../../src/folding/proof.ts';
import { buildStepSystem, type StepSystem } from '../../src/folding/step-system.ts';
import { decodeProof, encodeProof } from '../../src/store/proof-file.ts';
import { atOnce } from '../../src/turns.ts';
import { auxiliaryLayout, blindingAt, rowOf } from '../../src/wrap/auxiliary/layout.ts';
import { openingLayout } from '../../src/wrap/circuit.ts';
import type { FinalOpening } from '../../src/wrap/final-proof.ts';
import { lastBlinding } from '../../src/wrap/last-blinding.ts';
import { prepareWrap } from '../../src/wrap/last-fold.ts';
import type { Commit } from '../../src/wrap/opening/commit.ts';
import type * as opening from '../../src/wrap/opening/prove.ts';
import { correlation, evaluate, powersOf } from '../../src/wrap/opening/tensor.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';

const TAU = 123456789n;
const F = field(R);
const WEIGHTS = [3, 141, 59];
/** Of the longest vector, Aux. */
const LENGTH = 2 ** 18;
/** Blinding entries of all blocks, and the one of Aux. */
const ENTRIES = BLOCKS.reduce((n, { blinding }) => n + blinding, 1);

/** What the prover of the opening is given and squeezes, which the opening does not tell. */
interface Given {
  readonly ry: readonly bigint[];
  /** Of the blocks, then Aux. */
  readonly vectors: readonly Vec[];
  readonly batch: bigint;
}
const seen = vi.hoisted((): { given: Given[] } => ({ given: [] }));
vi.mock('../../src/wrap/opening/prove.ts', async (original) => {
  const real = await original<typeof opening>();
  return {
    ...real,
    async proveOpening(...[engine, transcript, target, vectors, ry]: Parameters<typeof real.proveOpening>) {
      const squeezed: bigint[] = [];
      const listening = Object.create(transcript, {
        absorb: { value: (...e: bigint[]) => transcript.absorb(...e) },
        squeeze: { value: () => squeezed[squeezed.push(transcript.squeeze()) - 1] },
      }) as Transcript<bigint>;
      const proven = await real.proveOpening(engine, listening, target, vectors, ry);
      seen.given.push({ ry, vectors, batch: squeezed[0]! });
      return proven;
    },
  };
});

let engine: Engine;
let system: StepSystem;
/** tau is known, so that no key is needed. */
const commit: Commit = async (p) => mul(G1_PARAMS, G1_PARAMS.generator, at(p, TAU))!;
beforeAll(async () => {
  engine = await createEngine();
  system = await buildStepSystem(engine, toyStep, toyKey(engine, TAU));
});
afterEach(() => vi.restoreAllMocks());

interface Wrap {
  readonly published: FinalOpening;
  readonly given: Given;
}

async function wrap(proof: FoldedProof, revealed = 0n): Promise<Wrap> {
  const { opening: published } = await prepareWrap(engine, system, commit, proof, { salt: 0n, shifted: [] }, revealed);
  return { published, given: seen.given.pop()! };
}

async function foldedToy(): Promise<FoldedProof> {
  const { prover, prepared } = await proveToy(engine, system, WEIGHTS, 979);
  for (const step of prepared) await prover.step(step);
  return prover.proof([]);
}

interface Functionals {
  readonly cms: readonly bigint[];
  readonly s: bigint;
  readonly f1: bigint;
  readonly f2: bigint;
  readonly w1: bigint;
  readonly w2: bigint;
}

/** A vector's polynomial and its part of s, which are linear in it, at any point. */
interface Terms {
  readonly p: (x: bigint) => bigint;
  readonly s: (x: bigint) => bigint;
}

const NOTHING: Terms = { p: () => 0n, s: () => 0n };
const at = (vector: Vec, x: bigint): bigint => evaluate(engine, vector, powersOf(engine, x, LENGTH));
const layout = () => openingLayout(system).blocks;

/** Of a whole vector, the one with this number. */
function ofVector({ given: { ry } }: Wrap, vector: Vec, k: number): Terms {
  const s = atOnce(correlation(engine, vector, ry.slice(0, layout()[k]!.log)));
  return { p: (x) => at(vector, x), s: (x) => at(s, x) };
}

/** Of a vector that has 1 at this index and 0 elsewhere: coefficient j of s is e_(i-1-j) + e_(i+1+j). */
function ofUnit({ given: { ry } }: Wrap, k: number, i: number): Terms {
  const { fr } = engine;
  const e = fr.eqTable(fr.encode(ry.slice(0, layout()[k]!.log)));
  const [below, above] = [e.subarray(0, i * FIELD_BYTES), e.subarray((i + 1) * FIELD_BYTES)];
  const s = (x: bigint): bigint => {
    const down = i > 0 ? F.mul(F.pow(x, BigInt(i - 1)), at(below, F.inv(x))) : 0n;
    return F.add(down, above.length > 0 ? at(above, x) : 0n);
  };
  return { p: (x) => F.pow(x, BigInt(i)), s };
}

/** The published values of a wrap for any vectors: they are linear in them once the challenges are fixed. */
function functionals({ published: { zeta, g }, given: { batch } }: Wrap, vectors: readonly Terms[]): Functionals {
  const horner = (values: readonly bigint[], x: bigint): bigint =>
    values.reduceRight((sum, v) => F.add(v, F.mul(x, sum)), 0n);
  const values = (x: bigint) => ({
    cms: vectors.map(({ p }) => p(x)),
    s: horner(
      vectors.map(({ s }) => s(x)),
      batch,
    ),
  });
  const f = ({ cms, s }: ReturnType<typeof values>): bigint => horner([...cms, s], g);
  const inverse = F.inv(zeta);
  const [atTau, f1, f2] = [values(TAU), f(values(zeta)), f(values(inverse))];
  const quotient = (x: bigint, value: bigint): bigint => F.mul(F.sub(f(atTau), value), F.inv(F.sub(TAU, x)));
  return { ...atTau, f1, f2, w1: quotient(zeta, f1), w2: quotient(inverse, f2) };
}

/** Coefficients that carry data, as examples for all of them: more than the functionals of two wraps. */
const DATA = 9;

/** One row for each published value: what it takes of the blinding coefficients, block after block, and of some others. */
function rowsOf(one: Wrap): bigint[][] {
  const { blocks } = system.layout;
  const aux = auxiliaryLayout(system.cycleFold.generators.length);
  const unit = (vector: number, index: number): Terms[] =>
    layout().map((_, k) => (k === vector ? ofUnit(one, k, index) : NOTHING));
  const units = [
    ...blocks.flatMap(({ blinding }, k) =>
      Array.from({ length: blinding.count }, (_, entry) => unit(k, blinding.at + entry)),
    ),
    unit(blocks.length, blindingAt(aux)),
    unit(0, 0),
    // bits, then entries all over the fields
    ...Array.from({ length: DATA - 4 }, (_, k) => unit(1, k < 2 ? k : blocks[1]!.fields.at + 7 * k)),
    // a digit, an x, a slope
    ...(['value', 'x', 'slope'] as const).map((column) => unit(blocks.length, rowOf(column, 3) * 2 ** aux.rowLog + 5)),
  ];
  const columns = units.map((given) => {
    const { cms, ...others } = functionals(one, given);
    return [...cms, ...Object.values(others)];
  });
  return columns[0]!.map((_, row) => columns.map((column) => column[row]!));
}

/** The rank of what is published, in the blinding alone and in all coefficients. */
function ranks(rows: readonly (readonly bigint[])[]): { blinding: number; all: number } {
  return { blinding: rank(rows.map((row) => row.slice(0, ENTRIES))), all: rank(rows) };
}

/** Of a matrix over Fr, by elimination. */
function rank(rows: readonly (readonly bigint[])[]): number {
  let left = rows.map((row) => [...row]);
  let found = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const pivot = left.find((row) => row[column] !== 0n);
    if (!pivot) continue;
    found++;
    left = left
      .filter((row) => row !== pivot)
      .map((row) => {
        const k = F.mul(row[column]!, F.inv(pivot[column]!));
        return row.map((v, j) => F.sub(v, F.mul(k, pivot[j]!)));
      });
  }
  return found;
}

describe('the wraps of one folded proof', () => {
  it('publish functionals that these rows describe', async () => {
    const one = await wrap(await foldedToy());
    const vectors = one.given.vectors.map((vector, k) => ofVector(one, vector, k));
    const { cms, s, f1, f2, w1, w2 } = functionals(one, vectors);
    // and units are vectors
    const index = 100;
    const unit = engine.fr.encode(Array.from({ length: 2 ** layout()[1]!.log }, (_, k) => (k === index ? 1n : 0n)));
    const [whole, quick] = [ofVector(one, unit, 1), ofUnit(one, 1, index)];
    expect([quick.p(TAU), quick.s(TAU)]).toEqual([whole.p(TAU), whole.s(TAU)]);
    const { published } = one;
    expect([f1, f2]).toEqual([published.f1, published.f2]);
    const committed = (k: bigint) => mul(G1_PARAMS, G1_PARAMS.generator, k);
    expect([...cms, s, w1, w2].map(committed)).toEqual([
      ...published.cms,
      ...[published.cmAux, published.s, published.w1, published.w2],
    ]);
  });

  it('have one opening, whatever they reveal, and so the rank of one, which the blinding covers', async () => {
    const proof = await foldedToy();
    const wraps = [await wrap(proof), await wrap(proof, 3n), await wrap(decodeProof(encodeProof(proof)), 1n)];
    for (const { published } of wraps.slice(1)) expect(published).toEqual(wraps[0]!.published);
    expect(ranks([...rowsOf(wraps[0]!), ...rowsOf(wraps[1]!)])).toEqual({ blinding: ENTRIES, all: ENTRIES });
  });

  it('would publish more than the blinding covers if the blinding of CycleFold were drawn', async () => {
    vi.spyOn(system.cycleFold, 'workWith').mockImplementation(() => system.cycleFold.work);
    const proof = await foldedToy();
    const [first, second] = [await wrap(proof), await wrap(proof)];
    expect(first.published.cms).toEqual(second.published.cms);
    expect(first.published.zeta).not.toBe(second.published.zeta);
    // three equations about the witness: [s] and two values, and each further wrap would add as many
    expect(ranks([first, second].flatMap(rowsOf))).toEqual({ blinding: ENTRIES, all: ENTRIES + 3 });
  });
});

describe('the blinding of the last fold', () => {
  it('is a function of everything secret in the proof and of the instance', () => {
    const secret = (k: number, n: number): Uint8Array => new Uint8Array(32 * n).fill(k);
    const opening = (k: number) => BLOCKS.map(({ blinding }, at) => ({ blinding: secret(k + at, blinding) }));
    const proof = {
      running: { opening: opening(1) },
      last: { opening: opening(3) },
      cycleFold: { blinding: secret(5, 1) },
    };
    const z = (r: bigint): Vec => engine.fq.encode([1n, r, ...new Array<bigint>(10).fill(7n)]);
    const blindingOf = (from: unknown) => lastBlinding(engine, from as FoldedProof);
    const of = (from: unknown, r = 2n): bigint => blindingOf(from).cycleFold({ z: z(r) });
    const known = of(proof);
    const { auxiliary } = blindingOf(proof);
    expect(blindingOf(structuredClone(proof)).auxiliary).toBe(auxiliary);
    expect(of(structuredClone(proof))).toBe(known);
    expect(of(proof, 3n)).not.toBe(known);
    const instances = (['running', 'last'] as const).flatMap((instance) =>
      BLOCKS.map((_, k) => [instance, 'opening', `${k}`, 'blinding']),
    );
    for (const path of [...instances, ['cycleFold', 'blinding']]) {
      const changed = structuredClone(proof);
      const bytes = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], changed) as Uint8Array;
      bytes[bytes.length - 1]! ^= 1;
      expect(of(changed), path.join('.')).not.toBe(known);
      expect(blindingOf(changed).auxiliary, path.join('.')).not.toBe(auxiliary);
    }
  });
});

describe('folded proofs of one chain', () => {
  it('have blinding of their own where a chain is finished twice from one checkpoint', async () => {
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS, 979);
    for (const step of prepared.slice(0, 2)) await prover.step(step);
    const checkpoint = prover.proof(cms.slice(2));
    const finish = async (): Promise<FoldedProof> => {
      const buffers = createBuffers(system);
      const position = restoreChain(engine, system, checkpoint, buffers);
      const second = new ChainProver(engine, system, localCompute(engine, system, buffers), buffers, position);
      await second.step(prepared[2]!);
      return second.proof([]);
    };
    const proofs = [await finish(), await finish()] as const;
    const ofWitness = (instance: 'running' | 'last') =>
      proofs.map((proof) => ofChainBlock(proof[instance].opening).blinding);
    const [before, again] = ofWitness('running');
    expect(before).toEqual(again);
    const fresh = ofWitness('last').map((entries) => engine.fr.decode(engine.fr.fromCanonical(entries)));
    expect(new Set(fresh.flat()).size, 'entries of the last step: all fresh').toBe(2 * ofChainBlock(BLOCKS).blinding);
    const [a, b] = [await wrap(proofs[0]), await wrap(proofs[1])];
    expect(a.published.zeta).not.toBe(b.published.zeta);
    for (const one of [a, b]) expect(ranks(rowsOf(one))).toEqual({ blinding: ENTRIES, all: ENTRIES });
  });

  it('of a batch: the wrap of an item on the way is one opening too, and the chain goes on with other blinding', async () => {
    const { prover, prepared, cms } = await proveToy(engine, system, WEIGHTS, 979, 11);
    const n = WEIGHTS.length;
    for (const step of prepared.slice(0, n)) await prover.step(step);
    const first = prover.proof([]);
    const [a, again] = [await wrap(first), await wrap(first)];
    expect(again.published).toEqual(a.published);
    for (const step of prepared.slice(n)) await prover.step(step);
    const whole = prover.proof([]);
    const b = await wrap(whole);
    expect(cms).toHaveLength(n);
    expect(b.published.zeta).not.toBe(a.published.zeta);
    // in the entries of step n and of step 2n the rows are block triangular: a knows nothing of the second block
    const blindings = [first, whole].map(({ last }) =>
      Buffer.from(ofChainBlock(last.opening).blinding).toString('hex'),
    );
    expect(blindings[0]).not.toBe(blindings[1]);
    expect(ranks(rowsOf(b))).toEqual({ blinding: ENTRIES, all: ENTRIES });
  });
});
