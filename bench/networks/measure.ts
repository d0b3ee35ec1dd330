/** One network from file to program: what it is, what each part of the way takes, and how far its integers are from ONNX Runtime. */
import * as ort from 'onnxruntime-web';
import { machineModel, planMachine } from '../../src/api/machine-model.ts';
import { type MachineModel, runModel } from '../../src/api/model.ts';
import type { Tensor } from '../../src/ir/graph.ts';
import { importNetwork } from '../../src/ir/import.ts';
import { decodeNetwork } from '../../src/ir/onnx/network.ts';
import { entryCount } from '../../src/layers/tensor-shape.ts';
import type { TensorGraph } from '../../src/tensor/graph.ts';
import { parsePlan } from '../../src/tensor/plan.ts';
import { computing } from '../../src/tensor/work.ts';
import type { Figure } from '../measure.ts';
import type { WrittenNetwork } from './writer.ts';

export interface MeasuredNetwork {
  readonly model: MachineModel;
  readonly input: Tensor;
  readonly figures: readonly Figure[];
}

/** Multiplications of a network's numbers: by weights and by each other. */
function macsOf(graph: TensorGraph): number {
  return computing(graph).reduce((sum, { operation, result }) => {
    const count = entryCount(result.shape);
    if (operation.op === 'linear') return sum + count * operation.width;
    if (operation.op === 'matmul') return sum + count * operation.a.shape[2]!;
    return operation.op === 'multiply' ? sum + count : sum;
  }, 0);
}

async function reference({ bytes, input, inputShape }: WrittenNetwork): Promise<Float32Array> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(bytes);
  const results = await session.run({ input: new ort.Tensor('float32', Float32Array.from(input), [...inputShape]) });
  await session.release();
  return results[session.outputNames[0]!]!.data as Float32Array;
}

/** Processor time of a part, in seconds. */
function timed<T>(part: string, figures: Figure[], work: () => T): T {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  figures.push({ name: `${part}.processor`, value: (user + system) / 1e6, unit: 's' });
  return result;
}

export async function measureNetwork(network: WrittenNetwork): Promise<MeasuredNetwork> {
  const figures: Figure[] = [];
  const { decoded, graph } = timed('read', figures, () => {
    const file = decodeNetwork(network.bytes);
    return { decoded: file, graph: importNetwork(file).graph };
  });
  const input = { shape: network.inputShape, data: network.input };
  const plan = timed('calibrate', figures, () => planMachine({ tensors: graph }, [input]));
  const model = timed('lower', figures, () => machineModel({ tensors: graph }, plan));
  const { values } = timed('run', figures, () => runModel(model, input));
  const expected = await reference(network);
  const range = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const error = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - values[i]!)), 0);
  const parameters = [...decoded.constants.values()].reduce((sum, { data }) => sum + data.length, 0);
  const told = [
    { name: 'macs', value: macsOf(graph), unit: '' },
    { name: 'parameters', value: parameters, unit: '' },
    { name: 'steps', value: model.steps, unit: '' },
    { name: 'error', value: (100 * error) / range, unit: '% of the range' },
    {
      name: 'predicted',
      value: (100 * parsePlan(plan.quantization, graph).errors[0]!) / range,
      unit: '% of the range',
    },
    { name: 'memory', value: process.memoryUsage.rss() / 2 ** 20, unit: 'MB' },
  ];
  return { model, input, figures: [...told, ...figures] };
}
