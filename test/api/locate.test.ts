/** Every violated row and bit is traced to the layer, tensor and index that it belongs to. */
import { describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { check } from '../../src/api/check.ts';
import { locate } from '../../src/api/locate.ts';
import { compile } from '../../src/circuit/compile.ts';
import { ShapeBuilder } from '../../src/circuit/shape.ts';
import { quantize } from '../../src/ir/quantize.ts';
import { slotSizes } from '../../src/layers/slot.ts';
import { buildLayers } from '../../src/layers/step.ts';
import { packedBits, stateSize } from '../../src/layers/step-plan.ts';
import { randomChain } from '../helpers/chains.ts';

const row = (scope: string, indexInScope: number) =>
  ({ kind: 'row', index: 0, scope, indexInScope, value: 1n }) as const;
const bit = (index: number) => ({ kind: 'bit', index, scope: '', indexInScope: index, value: 2n }) as const;

describe.each([false, true])('with signed activations: %s', (signed) => {
  const { graph, input } = randomChain(5, { kind: 'conv', layers: 3, signed });
  const { model } = quantize(graph, { samples: [input], layersPerStep: 2 });
  const step = model.plan.step;
  const n = stateSize(step.slot);
  const shape = new ShapeBuilder(R);
  buildLayers(shape, step);
  const matrix = compile(shape);
  const slotRows = matrix.scopeSizes[matrix.scopes.indexOf('layers/slot 0')]!.rows;
  const [first, second, third] = model.network.layers;

  it('rows', () => {
    const each = slotRows / n;
    expect(Number.isInteger(each)).toBe(true);
    expect(locate(model, 0, row('layers/slot 0', 0), slotRows)).toEqual({
      step: 0,
      layer: first!.name,
      tensor: first!.output,
      index: 0,
    });
    expect(locate(model, 0, row('layers/slot 1', slotRows - 1), slotRows)).toMatchObject({
      layer: second!.name,
      index: n - 1,
    });
    expect(locate(model, 1, row('layers/slot 0', each), slotRows)).toMatchObject({ layer: third!.name, index: 1 });
    expect(locate(model, 1, row('layers/slot 1', 0), slotRows)).toMatchObject({ layer: 'identity' });
    expect(locate(model, 1, row('layers/readout', 1), slotRows)).toMatchObject({
      layer: model.network.readout.name,
      tensor: 'logits',
      index: 1,
    });
    expect(locate(model, 1, row('layers/digests', 7), slotRows)).toMatchObject({ tensor: 'digest', index: undefined });
  });

  it('bits', () => {
    const inputBits = n * packedBits(step);
    const { bits } = slotSizes(step);
    expect(locate(model, 0, bit(packedBits(step)), slotRows)).toMatchObject({ tensor: 'input', index: 1 });
    expect(locate(model, 1, bit(0), slotRows)).toMatchObject({ tensor: second!.output, index: 0 });
    expect(locate(model, 0, bit(inputBits), slotRows)).toMatchObject({ layer: first!.name, index: 0 });
    expect(locate(model, 0, bit(inputBits + 2 * bits - 1), slotRows)).toMatchObject({
      layer: second!.name,
      index: n - 1,
    });
    expect(locate(model, 0, bit(inputBits + 2 * bits + step.readout.bits), slotRows)).toMatchObject({
      tensor: 'logits',
      index: 1,
    });
    expect(matrix.sizes.bits).toBe(inputBits + 2 * bits + step.readout.outputs * step.readout.bits);
  });

  it('nothing where everything holds', async () => {
    const done: string[] = [];
    const checked = await check(model, input, { on: (event) => done.push(event.type) });
    expect(checked.violation).toBeUndefined();
    expect(checked.steps).toBe(2);
    expect(done).toContain('progress');
  });
});
