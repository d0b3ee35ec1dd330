/** Every violated row and bit is traced to the layer, tensor and index that it belongs to. */
import { describe, expect, it } from 'vitest';
import { concat } from '../../src/algebra/concat.ts';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { check } from '../../src/api/check.ts';
import { locate } from '../../src/api/locate.ts';
import { firstViolation } from '../../src/circuit/check.ts';
import { compile } from '../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { quantizeInput } from '../../src/ir/run.ts';
import { buildLayers } from '../../src/layers/step.ts';
import { type NumberBits, stepLayout } from '../../src/layers/step-layout.ts';
import { stateSize } from '../../src/layers/step-plan.ts';
import { layerWitness } from '../../src/layers/step-witness.ts';
import { randomChain } from '../helpers/chains.ts';

const engine = await createEngine();

describe.each([
  [false, 2],
  [true, 2],
  [false, 3],
])('with signed activations: %s, %i layers a step', (signed, layersPerStep) => {
  const { graph, input } = randomChain(5, { kind: 'conv', layers: layersPerStep + 1, signed });
  const { model } = quantize(graph, { samples: [input], layersPerStep });
  const plan = model.plan.step;
  const shape = new ShapeBuilder(R);
  buildLayers(shape, plan);
  const matrix = compile(shape);
  const { fr } = engine;
  const rows = fr.rows(matrix.matrix);
  const integers = quantizeInput(model, input);
  const entries = model.stepModel(0);
  const witness = layerWitness(engine, plan, entries, integers.state, [1n, 2n, 3n]);
  const layout = stepLayout(plan);

  /** The place of the first row or bit that fails where one value is another. */
  const placeOf = (change: (bits: Uint8Array, small: Float64Array) => void, step = 0) => {
    const [bits, small] = [witness.bits.slice(), witness.small.slice()];
    change(bits, small);
    const parts = [
      fr.encode([1n]),
      fr.fromSmall(entries),
      fr.fromSmall(Float64Array.from(bits)),
      fr.fromSmall(small),
      witness.fields,
    ];
    return locate(model, step, firstViolation(fr, rows, matrix, concat(parts))!, matrix);
  };
  const lastOf = ({ log, at }: NumberBits[number], number: number, copy: number): number =>
    at[number]! + (copy + 1) * 2 ** log - 1;

  it('rows', () => {
    const group = layout.groups[0]!;
    const [first, second] = model.network.layers;
    const n = stateSize(plan.slot);
    for (const index of [0, n - 1])
      for (const [k, layer] of [first!, second!].entries()) {
        const place = placeOf((bits) => {
          bits[lastOf(group.sums[0]!, index, k)]! ^= 1;
        });
        expect(place).toEqual({ step: 0, layer: layer.name, tensor: layer.output, index });
      }
    const unused = placeOf((bits) => {
      bits[lastOf(group.sums[0]!, 1, 1)]! ^= 1;
    }, 1);
    expect(unused).toMatchObject({ step: 1, layer: 'identity', tensor: 'state', index: 1 });
    const linked = placeOf((_bits, small) => {
      small[layout.output[n - 1]!]! += 1;
    });
    const last = model.network.layers[layersPerStep - 1]!;
    expect(linked).toMatchObject({ layer: last.name, index: n - 1 });
    const logit = placeOf((bits) => {
      bits[lastOf(layout.readout.logits[0]!, 1, 0)]! ^= 1;
    });
    expect(logit).toMatchObject({ layer: model.network.readout.name, tensor: 'logits', index: 1 });
    const digests = {
      ...matrix,
      kind: 'row',
      index: matrix.sizes.rows,
      scope: 'layers/digests',
      indexInScope: 0,
    } as const;
    expect(locate(model, 0, { ...digests, value: 1n }, matrix)).toMatchObject({ tensor: 'digest', index: undefined });
  });

  it('bits', () => {
    const to2 = (at: number) => (bits: Uint8Array) => {
      bits[at] = 2;
    };
    expect(placeOf(to2(layout.input[0]!.at[1]!))).toMatchObject({ tensor: 'input', index: 1 });
    expect(placeOf(to2(layout.input[0]!.at[0]!), 1)).toMatchObject({
      tensor: model.network.layers[layersPerStep - 1]!.output,
      index: 0,
    });
    for (const { slots, sums } of layout.groups)
      for (const piece of sums)
        for (let k = 0; k < 2 ** slots.log; k++)
          expect(placeOf(to2(lastOf(piece, 2, k)))).toMatchObject({
            layer: model.network.layers[slots.from + k]!.name,
            index: 2,
          });
    for (const piece of layout.readout.logits)
      expect(placeOf(to2(lastOf(piece, 1, 0)))).toMatchObject({ tensor: 'logits', index: 1 });
  });

  it('nothing where everything holds', async () => {
    const done: string[] = [];
    const checked = await check(model, input, { on: (event) => done.push(event.type) });
    expect(checked.violation).toBeUndefined();
    expect(checked.steps).toBe(2);
    expect(done).toContain('progress');
  });
});
