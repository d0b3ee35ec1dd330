/** The circuit of a step against the integer run and against tampering, on random small networks. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/algebra/engine.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { hash, nativeSponge } from '../../src/algebra/sponge.ts';
import { type LinearForm, VAR_U } from '../../src/circuit/linear-form.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import type { QuantizedModel } from '../../src/ir/model.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput, runInteger } from '../../src/ir/run.ts';
import { modelBlock, modelOfBlock } from '../../src/layers/model-block.ts';
import { buildLayers, layerSizes, type StepDigests } from '../../src/layers/step.ts';
import { type LayerWitness, layerWitness } from '../../src/layers/step-witness.ts';
import { type Blocks, RowEvaluator } from '../helpers/blocks.ts';
import { type ChainOptions, randomChain } from '../helpers/chains.ts';
import { variablesOf } from '../helpers/circuit.ts';
import { foldErrorOf } from '../helpers/errors.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});

const SALTS: readonly [bigint, bigint, bigint] = [11n, R - 1n, 0n];

interface Made {
  readonly model: QuantizedModel;
  readonly shape: ShapeBuilder;
  readonly digests: StepDigests<LinearForm>;
  /** Every step's model entries, witness and blocks. */
  readonly steps: readonly {
    readonly entries: Float64Array;
    readonly witness: LayerWitness;
    readonly blocks: Blocks;
  }[];
}

function make(seed: number, options: ChainOptions, layersPerStep: number): Made {
  const { graph, input } = randomChain(seed, options);
  const { model } = quantize(graph, { samples: [input], layersPerStep });
  const shape = new ShapeBuilder(R);
  const digests = buildLayers(shape, model.plan.step);
  let state = quantizeInput(model, input).state;
  const steps = Array.from({ length: model.steps }, (_, j) => {
    const entries = model.stepModel(j);
    const witness = layerWitness(engine, model.plan.step, entries, state, SALTS);
    state = witness.output;
    const integers = (values: Float64Array | Uint8Array): bigint[] => Array.from(values, (v) => BigInt(v));
    const fields = [...integers(witness.small), ...engine.fr.decode(witness.fields)];
    return { entries, witness, blocks: { model: integers(entries), bits: integers(witness.bits), fields } };
  });
  return { model, shape, digests, steps };
}

const KINDS: readonly ChainOptions[] = [
  { kind: 'conv', layers: 3 },
  { kind: 'conv', layers: 3, signed: true },
  { kind: 'conv', layers: 2, floor: true },
  { kind: 'conv', layers: 2, readout: false },
  { kind: 'dense', layers: 4 },
  { kind: 'dense', layers: 3, signed: true, readout: false },
  { kind: 'dense', layers: 0 },
];

describe.each(KINDS)('a step of $kind layers (signed: $signed, floor: $floor, readout: $readout)', (options) => {
  it('agrees with the integer run, satisfies every row and gives the digests', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(1, 2, 3, 4, 6), (seed, layersPerStep) => {
        const { model, shape, digests, steps } = make(seed, options, layersPerStep);
        const { input } = randomChain(seed, options);
        const activations: Float64Array[] = [];
        const result = runInteger(model, input, (layer) => activations.push(layer.activations));
        expect(steps.at(-1)!.witness.logits).toEqual(result.logits);
        steps.forEach(({ witness, blocks }, j) => {
          const done =
            activations[Math.min(activations.length, (j + 1) * layersPerStep) - 1] ?? quantizeInput(model, input).state;
          expect(witness.output.subarray(0, done.length)).toEqual(done);
          const rows = new RowEvaluator(shape, blocks);
          expect(rows.violations()).toEqual([]);
          for (const name of ['input', 'output', 'readout'] as const)
            expect(rows.form(digests[name])).toBe(witness.digests[name]);
        });
      }),
      { numRuns: 12 },
    );
  });

  it('has every variable in some row: no entry is free but the blinding', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { shape } = make(seed, options, 1);
        const seen = new Set([...shape.rows, ...shape.boxes].flatMap(variablesOf));
        const { model, bits, fields } = shape.counts;
        seen.delete(VAR_U);
        expect(seen.size).toBe(model + bits + fields);
      }),
      { numRuns: 12 },
    );
  });

  it('allocates exactly what layerSizes says', () => {
    const { model, shape } = make(5, options, 2);
    const { bits, fields, model: entries, small } = layerSizes(model.plan.step);
    expect(shape.counts).toMatchObject({ x: 0, bits, model: entries, fields: fields + small, traceBits: 0 });
  });
});

describe('digests', () => {
  it("chain: a step's output digest is the next one's input digest under the same salt", () => {
    const { model, steps } = make(3, { kind: 'dense', layers: 4 }, 2);
    const [first, second] = steps;
    const { step } = model.plan;
    const again = layerWitness(engine, step, second!.entries, first!.witness.output, [SALTS[1], 5n, 6n]);
    expect(again.digests.input).toBe(first!.witness.digests.output);
    expect(second!.witness.digests.input).not.toBe(first!.witness.digests.output);
  });

  it('are Poseidon of salt and packed values, packed here bit by bit', () => {
    const { model, steps } = make(9, { kind: 'conv', layers: 2, signed: true }, 2);
    const { step } = model.plan;
    const { witness } = steps[0]!;
    const pack = (values: Float64Array, width: number, offset: number): bigint[] => {
      const per = Math.floor(252 / width);
      const out: bigint[] = [];
      values.forEach((v, i) => {
        const e = Math.floor(i / per);
        out[e] = (out[e] ?? 0n) + (BigInt(v + offset) << BigInt((i % per) * width));
      });
      return out;
    };
    const sponge = nativeSponge(engine);
    const activations = pack(witness.output, step.activationBits + 1, 2 ** step.activationBits);
    const logits = pack(witness.logits, step.readout.bits, 2 ** (step.readout.bits - 1));
    expect(witness.digests.output).toBe(hash(sponge, 'act', [SALTS[1], ...activations]));
    expect(witness.digests.readout).toBe(hash(sponge, 'out', [SALTS[2], ...logits]));
  });
});

describe.each([
  { kind: 'dense', layers: 2 },
  { kind: 'dense', layers: 2, signed: true },
  { kind: 'conv', layers: 1, signed: true },
] as const)('tampering with one value of a step ($kind, signed: $signed)', (options) => {
  const tampered = (): Made & { readonly rows: RowEvaluator; readonly blocks: Blocks } => {
    const made = make(21, options, 2);
    const { blocks } = made.steps[0]!;
    return { ...made, blocks, rows: new RowEvaluator(made.shape, blocks) };
  };

  it('flipping any bit (input, low, sign, remainder, logit) or setting it to 2 is detected', () => {
    const { blocks, rows } = tampered();
    blocks.bits.forEach((bit, i) => {
      expect(rows.detects('bits', i, 1n - bit), `bit ${i}`).toBe(true);
      expect(rows.detects('bits', i, 2n), `bit ${i}`).toBe(true);
    });
  });

  it('any field variable (outputs, salts, hashes) off by one is detected', () => {
    const { blocks, rows } = tampered();
    blocks.fields.forEach((value, i) => {
      expect(rows.detects('fields', i, value + 1n), `field ${i}`).toBe(true);
    });
  });

  it('any model entry off by one is detected where it meets a value other than zero', () => {
    const { blocks, rows, model, steps, shape } = tampered();
    const { step } = model.plan;
    const entry = shape.counts.model;
    expect(entry).toBe(steps[0]!.entries.length);
    let detected = 0;
    blocks.model.forEach((value, i) => {
      if (rows.detects('model', i, value + 1n)) detected++;
    });
    // Every entry is in a row; one is silent exactly when the activation it multiplies is zero in this run.
    const zeroed = new RowEvaluator(shape, {
      ...blocks,
      bits: blocks.bits.map(() => 1n),
      fields: blocks.fields.map(() => 1n),
    });
    blocks.model.forEach((value, i) => {
      expect(zeroed.detects('model', i, value + 1n), `entry ${i}`).toBe(true);
    });
    expect(detected).toBeGreaterThan(step.readout.outputs);
  });
});

describe('cost', () => {
  it('is pinned: rows, bits and products of a small convolution step', () => {
    const plan = {
      slot: { kind: 'conv', channels: 2, height: 4, width: 4, pads: [1, 1, 1, 1] },
      slots: 3,
      signed: false,
      activationBits: 8,
      activationFraction: 4,
      weightFraction: 6,
      shift: 6,
      readout: { outputs: 5, bits: 20, fraction: 10 },
    } as const;
    const count = (step: Parameters<typeof buildLayers>[1]): Record<string, readonly number[]> => {
      const shape = new ShapeBuilder(R);
      buildLayers(shape, step);
      return Object.fromEntries(
        shape.scopes.map((s, i) => [s, [shape.sizes[i]!.rows + shape.sizes[i]!.boxes, shape.sizes[i]!.bits]]),
      );
    };
    const unsigned = count(plan);
    expect(unsigned['layers/input']).toEqual([32, 32 * 8]);
    expect(unsigned['layers/slots']).toEqual([3 * 2 * 32, 3 * 32 * (8 + 1 + 6)]);
    expect(unsigned['layers/readout']).toEqual([5, 100]);
    // Two hashes of 3 elements (width 4: 88 S-boxes), one of 2 (width 3: 81), a row each.
    expect(unsigned['layers/digests']).toEqual([88 + 88 + 81, 0]);
    const signed = count({ ...plan, signed: true });
    expect(signed['layers/input']).toEqual([32, 32 * 9]);
    expect(signed['layers/slots']).toEqual([3 * 3 * 32, 3 * 32 * (8 + 1 + 6)]);
  });
});

describe('ranges', () => {
  it('an activation that does not fit is E_RANGE with slot, index, value and range', () => {
    const { model, steps } = make(2, { kind: 'dense', layers: 2 }, 1);
    const { step } = model.plan;
    const { slots, readout } = modelOfBlock(step, steps[0]!.entries);
    const size = (step.slot as { size: number }).size;
    slots[0]![size * size] = 2 ** (step.activationBits + step.shift);
    const entries = modelBlock(step, slots, readout.fill(0));
    const error = foldErrorOf(() => layerWitness(engine, step, entries, new Float64Array(size), SALTS));
    expect(error).toMatchObject({ code: 'E_RANGE', got: `${2 ** step.activationBits}` });
    expect(error.message).toBe('slot 0: a value before ReLU is out of range at index 0.');
  });

  it('an input activation outside its range is E_RANGE', () => {
    const { model, steps } = make(2, { kind: 'dense', layers: 2 }, 1);
    const input = new Float64Array((model.plan.step.slot as { size: number }).size);
    for (const value of [-1, 2 ** model.plan.step.activationBits, 0.5 / 0]) {
      input[1] = value;
      const error = foldErrorOf(() => layerWitness(engine, model.plan.step, steps[0]!.entries, input, SALTS));
      expect(error).toMatchObject({ code: 'E_RANGE', got: `${value}` });
    }
  });

  it('a logit beyond its bits is E_RANGE', () => {
    const { model, steps } = make(2, { kind: 'dense', layers: 2 }, 2);
    const { step } = model.plan;
    const { slots, readout } = modelOfBlock(step, steps[0]!.entries);
    readout[readout.length - 1] = 2 ** (step.readout.bits + 1);
    const entries = modelBlock(step, slots, readout);
    const input = new Float64Array((step.slot as { size: number }).size);
    expect(foldErrorOf(() => layerWitness(engine, step, entries, input, SALTS)).message).toMatch(/^readout: a logit/);
  });
});
