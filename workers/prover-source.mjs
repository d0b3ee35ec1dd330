// Entry of a prover's thread when the sources run unbuilt (tsx, vitest): loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
export const { evaluate, quotient, sum } = await import('./prover-tasks.ts');
