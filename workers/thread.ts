/** Every thread of the program: Piscina calls its default export with the name of a task and its input. */
import { workerData } from 'node:worker_threads';
import type { FoldData } from '../src/pool/fold-tasks.ts';
import { type Outcome, outcome } from '../src/pool/outcome.ts';
import type { ThreadStart } from '../src/pool/threads.ts';

type Task = (input: unknown) => unknown;
type Table = Readonly<Record<string, Task>>;

/** Tables of tasks by name. What the others need is loaded where it is wanted. */
const TABLES: Readonly<Record<string, (data: never) => Promise<object>>> = {
  fold: async (data: FoldData) => (await import('../src/pool/fold-tasks.ts')).foldTasks(data),
  'commitment-key': async () => (await import('../src/folding/key-tasks.ts')).commitmentKeyTasks(),
  'proving-key': async () => (await import('../src/wrap/groth16/key-tasks.ts')).provingKeyTasks(),
  wrap: async (data: never) => (await import('../src/wrap/work-tasks.ts')).wrapTasks(data),
  proof: async (data: never) => (await import('../src/wrap/groth16/native/tasks.ts')).proofTasks(data),
};

const { table, data } = workerData as ThreadStart;
const tasks = TABLES[table]!(data as never) as Promise<Table>;
// a table that cannot be made fails every task
tasks.catch(() => {});

export default async ({ name, input }: { name: string; input: unknown }): Promise<Outcome<unknown>> => {
  const task = (await tasks)[name]!;
  return outcome(() => task(input));
};
