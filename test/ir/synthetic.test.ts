import { describe, expect, test } from 'vitest';
import { prepareFloat, runFloat } from '../../src/ir/float.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { syntheticInput, syntheticNetwork } from '../../src/ir/synthetic.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { runRuntime } from '../helpers/runtime.ts';

const DEPTH = 600;
const graph = syntheticNetwork({ layers: DEPTH, seed: 1 });

function floors(input: Tensor): Float64Array[] {
  const seen: Float64Array[] = [];
  prepareFloat(graph).visit([input], (name, { data }) => {
    if (name.endsWith('.floor')) seen.push(data);
  });
  return seen;
}

describe('a deep synthetic network', () => {
  const inputs = [syntheticInput(3), syntheticInput(4), { ...syntheticInput(3), data: new Float64Array(784) }];
  const runs = inputs.map(floors);

  test('stays alive: every layer has more than 30 % non-zero activations, below 480', () => {
    for (const run of runs.slice(0, 2)) {
      expect(run).toHaveLength(DEPTH - 1);
      for (const data of run) {
        expect(data.filter((v) => v !== 0).length / data.length).toBeGreaterThan(0.3);
        expect(Math.max(...data)).toBeLessThan(480);
      }
    }
  });

  test('stays a picture: the standard deviation over each channel p does not fall below 10', () => {
    for (const run of runs.slice(0, 2))
      for (const data of run) {
        const p = data.subarray(0, 784);
        const mean = p.reduce((a, b) => a + b) / 784;
        expect(Math.sqrt(p.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 784)).toBeGreaterThan(10);
      }
  });

  test('does not forget its input: layers 500 and later differ in more than half of their activations', () => {
    for (let layer = 500; layer < DEPTH - 1; layer++) {
      const [a, b] = [runs[0]![layer]!, runs[1]![layer]!];
      expect(a.filter((v, i) => v !== b[i]).length / a.length).toBeGreaterThan(0.5);
    }
  });

  test('comes alive even from a black image', () => {
    const last = runs[2]!.at(-1)!;
    expect(last.filter((v) => v !== 0).length / last.length).toBeGreaterThan(0.3);
  });

  test('ONNX Runtime gives every Floor output and the logits bit for bit', async () => {
    const shallow = syntheticNetwork({ layers: 60, seed: 5 });
    const tensors = runFloat(shallow, [inputs[0]!]);
    const names = shallow.nodes.filter((node) => node.op === 'Floor' || node.op === 'Gemm').map((n) => n.outputs[0]!);
    const open = { ...shallow, outputs: names.map((name) => ({ name, shape: tensors.get(name)!.shape })) };
    const reference = await runRuntime(writeOnnx(open), open, [inputs[0]!]);
    for (const name of names) expect([...tensors.get(name)!.data]).toEqual([...reference.get(name)!]);
  });
});

describe('weights', () => {
  test('multiples of 2^-10, at most 2, and the static bounds of the header hold for every layer', () => {
    for (const seed of [0, 1, 2 ** 32 - 1])
      for (const channels of [2, 4]) {
        const small = syntheticNetwork({ layers: 200, seed, channels, height: 4, width: 4 });
        for (const { data } of small.constants.values())
          for (const w of data) expect(Number.isInteger(w * 1024)).toBe(true);
        for (let i = 0; i < 198; i++) {
          const { data } = small.constants.get(`block${i}.weight`)!;
          const bias = small.constants.get(`block${i}.bias`)!.data;
          for (let c = 0; c < channels; c += 2) {
            const row = [...data.subarray(c * channels * 9, (c + 1) * channels * 9)];
            expect(Math.max(...row.map(Math.abs))).toBeLessThanOrEqual(2);
            const centre = row[c * 9 + 4]!;
            const others = row.reduce((sum, w, t) => sum + (w > 0 && t !== c * 9 + 4 ? w : 0), 0);
            expect(centre * 240 + others * 511 + bias[c]!).toBeLessThan(480);
            expect(bias[c + 1]).toBe(bias[c]! - 240);
            const pulls = row.reduce((sum, w, t) => {
              const own = t === c * 9 + 4 || t === (c + 1) * 9 + 4;
              return own || w > 0 ? sum : sum + w * (Math.floor(t / 9) % 2 === 1 ? 234 : 474);
            }, 0);
            expect(pulls + bias[c + 1]!).toBeGreaterThan(-818);
            expect([...data.subarray((c + 1) * channels * 9, (c + 2) * channels * 9)]).toEqual(row);
          }
        }
      }
  });

  test('the same seed gives the same network, another seed another', () => {
    const make = (seed: number) => syntheticNetwork({ layers: 5, seed, height: 4, width: 4 });
    expect(make(9)).toEqual(make(9));
    expect(make(9).constants).not.toEqual(make(10).constants);
    expect(make(9).constants.get('block0.weight')).not.toEqual(make(9).constants.get('block1.weight'));
  });

  test('four channels run', () => {
    const wide = syntheticNetwork({ layers: 50, seed: 2, channels: 4, height: 8, width: 9 });
    const data = runFloat(wide, [syntheticInput(1, 8, 9)]).get('block47.floor')!.data;
    expect(data.filter((v) => v !== 0).length / data.length).toBeGreaterThan(0.3);
  });
});

test('images are integers 0..255, not empty, and differ by seed', () => {
  for (const seed of [0, 1, 2, 3]) {
    const { data } = syntheticInput(seed);
    expect(data.every((v) => Number.isInteger(v) && v >= 0 && v <= 255)).toBe(true);
    expect(data.filter((v) => v > 0).length).toBeGreaterThan(100);
  }
  expect(syntheticInput(1)).not.toEqual(syntheticInput(2));
});

test.each([
  { layers: 2 },
  { layers: 3.5 },
  { seed: -1 },
  { seed: 2 ** 32 },
  { channels: 3 },
  { height: 2 },
  { width: 2000 },
])('options out of range: %j', (bad) =>
  expect(foldErrorOf(() => syntheticNetwork({ layers: 3, seed: 1, ...bad })).code).toBe('E_USAGE'),
);
