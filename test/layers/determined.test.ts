/**
 * The layers of a compiled step leave nothing to the prover: from weights, bits and salts every other variable follows one by one,
 * for neurons that are clipped and neurons that are not, under both values of the ReLU selector.
 */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { compile } from '../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { clippedRow, selectedRow, signRow } from '../../src/layers/relu.ts';
import { buildLayers, layerSizes } from '../../src/layers/step.ts';
import { undetermined } from '../folding/attacks/propagation.ts';
import { type SMALL_STEPS, signsOf, smallStep } from './small-step.ts';

const engine = await createEngine();

describe.each([
  ['dense', false, 2],
  ['dense', true, 3],
  ['conv', false, 2],
  ['conv', true, 4],
  ['wide', false, 3],
  ['wide', true, 2],
] as const satisfies readonly (readonly [keyof typeof SMALL_STEPS, boolean, number])[])(
  'a step of %s slots, signed: %s, %i slots',
  (kind, signed, slots) => {
    const shape = new ShapeBuilder(R);
    buildLayers(shape, smallStep(engine, kind, signed, 1, slots).step);
    const matrix = compile(shape);
    const rows = engine.fr.rows(matrix.matrix);

    it.each([1, 2, 3])('is determined by weights, bits and salts (seed %i)', (seed) => {
      const { step, model, witness } = smallStep(engine, kind, signed, seed, slots);
      for (const signs of signsOf(step, witness)) expect(new Set(signs)).toEqual(new Set([0, 1]));
      const { fr } = engine;
      const blocks = [
        fr.encode([1n]),
        fr.fromSmall(model),
        fr.fromBits(witness.bits),
        fr.fromSmall(witness.small),
        witness.fields,
      ];
      const z = Uint8Array.from(blocks.flatMap((block) => [...block]));
      const { fields } = matrix.offsets;
      const salts = fields + layerSizes(step).small;
      const known = (k: number): boolean => k < fields || (k >= salts && k < salts + 3);
      expect(undetermined(engine, { matrix, rows }, z, known)).toEqual([]);
      // it would notice: nothing of the hashes follows without a salt
      expect(undetermined(engine, { matrix, rows }, z, (k) => known(k) && k !== salts).length).toBeGreaterThan(50);
    });
  },
);

describe('ReLU', () => {
  const A = 5;
  const modulo = (v: bigint): bigint => ((v % R) + R) % R;
  /** The rows of one neuron between its bits and the selector, its own variables last. */
  function neuron(signed: boolean) {
    const shape = new ShapeBuilder(R);
    const [selector] = shape.model(1);
    const bits = shape.bits(A + 1);
    const low = shape.sum(bits.slice(0, A).map((b, k) => [1n << BigInt(k), b] as const));
    const sign = bits[A]!;
    const y = shape.sum([
      [1n, low],
      [-(1n << BigInt(A)), sign],
    ]);
    if (signed) {
      const p = shape.field();
      signRow(shape, y, sign, p);
      selectedRow(shape, y, p, selector!, shape.field());
    } else clippedRow(shape, low, sign, shape.field());
    const rows = engine.fr.rows(compile(shape).matrix);
    return (value: bigint, chosen: bigint, ...own: bigint[]): boolean => {
      const spelled = modulo(value < 0n ? value + (1n << BigInt(A)) : value);
      const given = [...Array.from({ length: A }, (_, k) => (spelled >> BigInt(k)) & 1n), value < 0n ? 1n : 0n];
      const z = engine.fr.encode([1n, chosen, ...given, ...own].map(modulo));
      return engine.fr.decode(rows.quadratic(z, rows.forms(z))).every((v) => v === 0n);
    };
  }
  const plain = neuron(false);
  const selected = neuron(true);

  it.each([-32n, -1n, 0n, 1n, 31n])('of y = %i has one output, clipped or not', (y) => {
    const clipped = y < 0n ? 0n : y;
    const p = y - clipped;
    for (let out = -33n; out <= 33n; out++) {
      expect(plain(y, 1n, out), `${out}`).toBe(out === clipped);
      expect(selected(y, 1n, p, out), `${out}`).toBe(out === clipped);
      expect(selected(y, 0n, p, out), `${out}`).toBe(out === y);
    }
    for (const selector of [0n, 1n]) {
      // another p, and the output that follows from it
      expect(selected(y, selector, p + 1n, y - selector * (p + 1n))).toBe(false);
    }
  });

  it('has one output for every selector that a model may hold', () => {
    for (const selector of [2n, -1n, 1n << 200n]) {
      expect(selected(-7n, selector, -7n, -7n + 7n * selector)).toBe(true);
      expect(selected(-7n, selector, -7n, 0n)).toBe(false);
    }
  });
});
