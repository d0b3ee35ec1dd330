/** A graph with as few operations as the passes of this folder make of it: every operation is a rounding and a part of a step. */
import { fuseFunctions } from './fuse.ts';
import type { TensorGraph } from './graph.ts';
import { mergeLinear } from './merge.ts';

/** Functions first: factors around them belong into their tables. */
export const simplify = (graph: TensorGraph): TensorGraph => mergeLinear(fuseFunctions(graph));
