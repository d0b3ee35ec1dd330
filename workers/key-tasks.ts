/** Threads of a set-up: see src/wrap/groth16/key-tasks.ts. */
import { createEngine } from '../src/algebra/index.ts';
import * as tasks from '../src/wrap/groth16/key-tasks.ts';

const engine = createEngine();

export const columns = async (input: tasks.ColumnsInput): Promise<Uint8Array> => tasks.columns(await engine, input);

export const points = async (input: tasks.PointsInput): Promise<Uint8Array> => tasks.points(await engine, input);
