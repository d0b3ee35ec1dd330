/** Threads of a Groth16 proof: see src/wrap/groth16/native/tasks.ts. */
import { workerData } from 'node:worker_threads';
import { type Outcome, outcome } from '../src/pool/outcome.ts';
import { createProverKernels, type ProverKernels } from '../src/wrap/groth16/native/module.ts';
import * as tasks from '../src/wrap/groth16/native/tasks.ts';

const data = workerData as tasks.ProverData;
const ready = createProverKernels();

type Task<I, O> = (kernels: ProverKernels, data: tasks.ProverData, input: I) => O;

function task<I, O>(run: Task<I, O>): (input: I) => Promise<Outcome<O>> {
  return async (input) => {
    const kernels = await ready;
    return outcome(() => run(kernels, data, input));
  };
}

export const evaluate = task(tasks.evaluate);
export const quotient = task(tasks.quotient);
export const sum = task(tasks.sum);
