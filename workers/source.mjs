// Entry of a thread when the sources run unbuilt (tsx, vitest): loaders are not inherited by worker threads.
import { register } from 'tsx/esm/api';

register();
export default (await import('./thread.ts')).default;
