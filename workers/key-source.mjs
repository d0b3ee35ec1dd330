// Entry of a set-up's thread when the sources run unbuilt (tsx, vitest): loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
export const { columns, points, transparent } = await import('./key-tasks.ts');
