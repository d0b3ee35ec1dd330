// Entry of a thread of `bench -- threads`: loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
export const { default: sum } = await import('./msm-thread.ts');
