/** A small network of one layer per step and its input as files, and the words by which `fold prove` proves it. */
import { writeFileSync } from 'node:fs';
import { randomChain } from './chains.ts';
import { writeOnnx } from './onnx.ts';

export interface SmallRun {
  /** The model, its input, and the options; without --out. */
  readonly args: readonly string[];
  readonly input: readonly number[];
}

/** Writes model.onnx and input.json. The run has a step for each layer, one thread and no final proof. */
export function smallRun(path: (name: string) => string, layers: number): SmallRun {
  const { graph, input } = randomChain(3, { kind: 'dense', layers });
  writeFileSync(path('model.onnx'), writeOnnx(graph));
  writeFileSync(path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
  const options = ['--insecure-dev', '--layers-per-step', '1', '--workers', '1', '--no-wrap'];
  return { args: [path('model.onnx'), '--input', path('input.json'), ...options], input: [...input.data] };
}
