// Entry of a worker when the sources run unbuilt (tsx, vitest): loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
const tasks = await import('./tasks.ts');
export const {
  beginCycleFold,
  boxes,
  commit,
  commitModel,
  cross,
  crossCycleFold,
  forms,
  layers,
  line,
  terms,
  update,
  writeFold,
  writeLayers,
  writeOpening,
} = tasks;
