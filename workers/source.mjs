// Entry of a worker when the sources run unbuilt (tsx, vitest): loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
const tasks = await import('./tasks.ts');
export const { commit, commitModel, cross, cycleFoldSum, forms, layers, line, terms, update, writeChain, writeLayers } =
  tasks;
