/** A tensor graph in integers, under a plan: its two forms of what is masked, and with or without numbers that stand elsewhere. */
import type { TensorGraph } from '../graph.ts';
import type { TensorPlan } from '../plan.ts';
import { saturated } from '../saturate.ts';
import { exactForm } from './bounds.ts';
import type { IntegerGraph } from './integer.ts';
import { integersOf } from './ports.ts';
import { Quantizer } from './quantizer.ts';
import { type ResolvedGraph, resolve } from './resolve.ts';
import { withoutViews } from './views.ts';

/**
 * The integer graph, and the graph that it is of. Where two forms of numbers are the same only while scores are near each other, the
 * close one is taken if no integers that a run accepts are too far apart, else the exact one. All numbers are in it, views too.
 * `computed` is the graph that they are of: the network's, or under a plan that saturates the one that clamps.
 * @throws FoldError E_UNSUPPORTED for what the machine cannot do yet, E_RANGE for what no integers hold
 */
export function quantizeResolved(
  graph: TensorGraph,
  plan: TensorPlan,
): { readonly integers: IntegerGraph; readonly resolved: ResolvedGraph; readonly computed: TensorGraph } {
  const { graph: computed, plan: planned } = plan.saturates ? saturated(graph, plan) : { graph, plan };
  const exact = new Set<number>();
  for (;;) {
    const resolved = resolve(computed, exact);
    const quantizer = new Quantizer(resolved, planned);
    quantizer.run();
    const far = resolved.close.filter(({ codes, operation }) => quantizer.shown.spread(codes) > operation.gap);
    if (far.length === 0) return { integers: integersOf(computed, resolved, quantizer), resolved, computed };
    for (const choice of far) exact.add(exactForm(choice, quantizer.shown.spread(choice.codes)));
  }
}

/** The integer graph that a program is made of. @throws as `quantizeResolved` */
export const quantize = (graph: TensorGraph, plan: TensorPlan): IntegerGraph =>
  withoutViews(quantizeResolved(graph, plan).integers);
