/** Spartan for the folded instance: prover against verifier circuit, values against naive extensions, tampering. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { nativeSponge, Transcript } from '../../../src/algebra/sponge.ts';
import { firstViolation } from '../../../src/circuit/check.ts';
import { compile } from '../../../src/circuit/compile.ts';
import type { ConstraintSystem } from '../../../src/circuit/constraint-system.ts';
import { CountingSystem } from '../../../src/circuit/counting-system.ts';
import { ShapeBuilder } from '../../../src/circuit/shape.ts';
import { WitnessWriter } from '../../../src/circuit/witness.ts';
import { rangeOf } from '../../../src/folding/layout.ts';
import { atOnce } from '../../../src/turns.ts';
import {
  innerTranscript,
  outerTranscript,
  type SpartanClaim,
  type SpartanProof,
} from '../../../src/wrap/spartan/proof.ts';
import { proveSpartan } from '../../../src/wrap/spartan/prove.ts';
import { verifySpartan } from '../../../src/wrap/spartan/verify.ts';
import { dot, eqValues } from '../../folding/small-system.ts';
import { CheckingSystem, RowViolated } from '../../helpers/checking.ts';
import { PlainTranscript } from '../../helpers/sponge.ts';
import { elementsFrom, type Folded, foldedInstance } from '../folded.ts';

const engine = await createEngine();

/** Shapes: M shorter and longer than P, one row, more rows than bits, one bit, rows of one degree only. */
const SIZES = [
  { model: 5, bits: 20, rows: 30, boxes: 12, seed: 1 },
  { model: 100, bits: 3, rows: 9, boxes: 5, seed: 2 },
  { model: 1, bits: 1, rows: 1, boxes: 1, seed: 3 },
  { model: 9, bits: 64, rows: 3, boxes: 0, seed: 4 },
  { model: 3, bits: 2, rows: 41, boxes: 33, seed: 5 },
  { model: 2, bits: 4, rows: 0, boxes: 7, seed: 9 },
];
/** Bits in two pieces and in three, of two blocks, and in what copies are aligned to. */
const PIECES = [
  { sizes: { model: 2, bits: 20, rows: 4, boxes: 3, seed: 11 }, pieces: [[16, 4]] },
  { sizes: { model: 2, bits: 26, rows: 1, boxes: 1, seed: 12 }, pieces: [[16, 8, 2]] },
  {
    sizes: { model: 3, bits: 20, rows: 5, boxes: 2, seed: 13, trace: { bits: 9, fields: 3 } },
    pieces: [
      [8, 4],
      [16, 4],
    ],
  },
  { sizes: { model: 3, bits: 20, rows: 4, boxes: 3, seed: 14, families: [2] }, pieces: [[32, 8]] },
  { sizes: { model: 3, bits: 25, rows: 5, boxes: 2, seed: 15, families: [2] }, pieces: [[64]] },
];
const FIRST = SIZES[0]!;

/** The caller's part of the transcript: everything of U*; here the claim is enough. */
function transcriptOf<E>(f: ConstructorParameters<typeof Transcript<E>>[0], claim: SpartanClaim<E>): Transcript<E> {
  const transcript = new Transcript<E>(f, 'test');
  transcript.absorb(claim.u, claim.x, ...claim.rho, claim.v);
  return transcript;
}

function prove({ system, claim, witness }: Folded) {
  const transcript = transcriptOf(nativeSponge(engine), claim);
  return { ...atOnce(proveSpartan(engine, transcript, system, claim, witness)), next: transcript.squeeze() };
}

function verify<E>(cs: ConstraintSystem<E>, { system }: Folded, claim: SpartanClaim<E>, proof: () => SpartanProof) {
  const transcript = transcriptOf(cs, claim);
  return { outcome: atOnce(verifySpartan(cs, transcript, system, claim, proof)), next: transcript.squeeze() };
}

describe('Spartan', () => {
  it.each([...SIZES, ...PIECES.map(({ sizes }) => sizes)])(
    "ends in the blocks' extensions, in step with the prover: %o",
    (sizes) => {
      const folded = foldedInstance(engine, sizes);
      const { layout } = folded.system;
      const { proof, ry, vectors, next } = prove(folded);
      expect(vectors.map((vector) => engine.fr.decode(vector))).toEqual(folded.committed);
      const verified = verify(new CheckingSystem(engine), folded, folded.claim, () => proof);
      expect(verified.outcome).toEqual({ ry, claims: proof.claims });
      expect(verified.next).toBe(next);
      expect(proof.claims).toEqual(
        folded.committed.map((block, k) => dot(block, eqValues(ry.slice(0, layout.blocks[k]!.log)))),
      );
    },
  );

  it('draws its rounds from sponges of width 7 and 4 that continue the transcript', () => {
    const [main, plain] = [new Transcript(nativeSponge(engine), 'test'), new PlainTranscript('test')];
    main.absorb(1n, 2n);
    const outer = outerTranscript(nativeSponge(engine), main);
    outer.absorb(3n, 4n, 5n);
    const twin = new PlainTranscript('spartan-outer', 6);
    const gamma = twin.squeeze(plain.squeeze(1n, 2n), 3n, 4n, 5n);
    expect(outer.squeeze()).toBe(gamma);
    expect(outer.squeeze()).toBe(twin.squeeze());
    const inner = innerTranscript(nativeSponge(engine), gamma);
    inner.absorb(6n, 7n);
    expect(inner.squeeze()).toBe(new PlainTranscript('spartan-inner', 3).squeeze(gamma, 6n, 7n));
  });

  it('refuses to prove a false claim', () => {
    const folded = foldedInstance(engine, FIRST);
    const claim = { ...folded.claim, v: (folded.claim.v + 1n) % R };
    expect(() => prove({ ...folded, claim })).toThrow('does not satisfy its claim');
  });

  it('binds every wire of the claim', () => {
    const folded = foldedInstance(engine, FIRST);
    const { claim } = folded;
    const { proof } = prove(folded);
    const changed = (v: bigint): bigint => (v + 1n) % R;
    const wrong: SpartanClaim<bigint>[] = [
      { ...claim, u: changed(claim.u) },
      { ...claim, x: changed(claim.x) },
      { ...claim, v: changed(claim.v) },
      ...claim.rho.map((_, j) => ({ ...claim, rho: claim.rho.map((c, k) => (k === j ? changed(c) : c)) })),
    ];
    for (const c of wrong)
      expect(() => verify(new CheckingSystem(engine), folded, c, () => proof)).toThrow(RowViolated);
  });

  it('rejects a change of any message and of any value that the verifier computes from them', () => {
    const folded = foldedInstance(engine, { model: 2, bits: 4, rows: 5, boxes: 4, seed: 6 });
    const { proof } = prove(folded);
    const honest = new CheckingSystem(engine);
    verify(honest, folded, folded.claim, () => proof);
    for (let at = 0; at < honest.advice.length; at++) {
      const cs = new CheckingSystem(engine, (index, value) => (index === at ? (value + 1n) % R : value));
      expect(() => verify(cs, folded, folded.claim, () => proof), `allocation ${at}`).toThrow(RowViolated);
    }
  });

  it('rejects the honest transcript of a z that breaks one row', () => {
    const folded = foldedInstance(engine, FIRST);
    const z = engine.fr.decode(folded.witness.z);
    const next = elementsFrom(7);
    z[z.length - 1] = next();
    const witness = { ...folded.witness, z: engine.fr.encode(z) };
    expect(() => prove({ ...folded, witness })).toThrow('does not satisfy its claim');
  });

  it('is the same circuit as a shape', () => {
    const folded = foldedInstance(engine, { model: 3, bits: 5, rows: 6, boxes: 5, seed: 8 });
    const { proof } = prove(folded);
    const run = <E>(cs: ConstraintSystem<E>): unknown => {
      const [u, x, v, ...rho] = cs.publicInputs(
        () => [folded.claim.u, folded.claim.x, folded.claim.v, ...folded.claim.rho],
        3 + folded.claim.rho.length,
      ) as [E, E, E, ...E[]];
      return verify(cs, folded, { u, x, v, rho }, () => proof);
    };
    const shape = new ShapeBuilder(R);
    run(shape);
    const matrix = compile(shape);
    const writer = new WitnessWriter(engine, 'fr', matrix.sizes);
    run(writer);
    const { x, bits, fields } = writer.finish();
    const z = engine.fr.encode([1n, ...x, ...Array.from(bits, BigInt), ...engine.fr.decode(fields)]);
    expect(firstViolation(engine.fr, engine.fr.rows(matrix.matrix), matrix, z)).toBeUndefined();
  });

  it('costs what it costs', () => {
    const folded = foldedInstance(engine, FIRST);
    const cs = new CountingSystem();
    const { rho } = folded.claim;
    verify(cs, folded, { u: true, x: true, v: true, rho: rho.map(() => true) }, () => {
      throw new Error('a count asks for no proof');
    });
    expect(Object.fromEntries(cs.costs)).toMatchInlineSnapshot(`
      {
        "": 712,
        "bits": 13,
        "eq": 1,
        "operands": 175,
        "operands/eq": 133,
        "transcript": 6294,
        "weights": 45,
        "weights/eq": 65,
      }
    `);
  });
});

describe('pieces of bits', () => {
  it.each(PIECES)('are what they should be here: %o', ({ sizes, pieces }) => {
    const { blocks } = foldedInstance(engine, sizes).system.layout;
    expect(blocks.flatMap(({ bits }) => (bits ? [bits.pieces.map(({ log }) => 2 ** log)] : []))).toEqual(pieces);
  });

  it.each(PIECES)('hold the row of every bit: %o', ({ sizes }) => {
    const folded = foldedInstance(engine, sizes);
    const { matrix, layout } = folded.system;
    const z = engine.fr.decode(folded.witness.z);
    for (const { bits } of layout.blocks) {
      if (!bits) continue;
      for (let [at, to] = rangeOf(matrix, bits.part); at < to; at++) {
        // a prover who changes a bit, and proves what is then true
        const changed = z.with(at, (z[at]! + 1n) % R);
        const witness = { ...folded.witness, z: engine.fr.encode(changed) };
        expect(() => prove({ ...folded, witness }), `variable ${at}`).toThrow('does not satisfy its claim');
        const claim = { ...folded.claim, v: folded.value(changed) };
        const { proof } = prove({ ...folded, claim, witness });
        verify(new CheckingSystem(engine), folded, claim, () => proof);
        expect(() => verify(new CheckingSystem(engine), folded, folded.claim, () => proof)).toThrow(RowViolated);
      }
    }
  });
});

describe('families', () => {
  const FAMILIES = [
    { model: 3, bits: 8, rows: 6, boxes: 4, seed: 21, families: [2] },
    { model: 3, bits: 8, rows: 0, boxes: 0, seed: 22, families: [1] },
    { model: 1, bits: 1, rows: 2, boxes: 1, seed: 23, families: [1, 3, 2] },
  ];

  it.each(FAMILIES)('are evaluated as their copies are: %o', (sizes) => {
    const folded = foldedInstance(engine, sizes);
    expect(folded.system.matrix.families.map(({ log }) => log)).toEqual(sizes.families.toSorted((a, b) => b - a));
    const { proof, ry } = prove(folded);
    const verified = verify(new CheckingSystem(engine), folded, folded.claim, () => proof);
    expect(verified.outcome).toEqual({ ry, claims: proof.claims });
    for (let k = 0; k < proof.claims.length; k++) {
      const claims = proof.claims.with(k, (proof.claims[k]! + 1n) % R);
      expect(() => verify(new CheckingSystem(engine), folded, folded.claim, () => ({ ...proof, claims }))).toThrow(
        RowViolated,
      );
    }
  });

  it('refuse a value of any copy that breaks a row', () => {
    const folded = foldedInstance(engine, FAMILIES[0]!);
    const { offsets, sizes } = folded.system.matrix;
    const z = engine.fr.decode(folded.witness.z);
    for (let at = offsets.bits; at < offsets.fields + sizes.fields; at++) {
      const witness = { ...folded.witness, z: engine.fr.encode(z.with(at, (z[at]! + 1n) % R)) };
      expect(() => prove({ ...folded, witness }), `variable ${at}`).toThrow('does not satisfy its claim');
    }
  });

  it('cost what their pattern does', () => {
    const cost = (log: number): number => {
      const folded = foldedInstance(engine, { model: 3, bits: 8, rows: 6, boxes: 4, seed: 21, families: [log] });
      const cs = new CountingSystem();
      const { rho } = folded.claim;
      verify(cs, folded, { u: true, x: true, v: true, rho: rho.map(() => true) }, () => {
        throw new Error('a count asks for no proof');
      });
      return [...cs.costs].reduce((sum, [scope, n]) => (scope.startsWith('operands') ? sum + n : sum), 0);
    };
    expect([2, 4, 6].map(cost)).toMatchInlineSnapshot(`
      [
        133,
        159,
        187,
      ]
    `);
  });
});
