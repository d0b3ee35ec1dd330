/**
 * What an experiment swept, found again from its table: the parameters that differ between its sets, and for each of them
 * the series of sets that differ in nothing else, which are the curves of a chart.
 */
import { PARAMETERS } from '../api/experiment-spec.ts';
import type { ParameterSet } from '../api/experiment-table.ts';

export type Parameter = (typeof PARAMETERS)[number];

/** As axes and columns are headed. */
export const PARAMETER_WORDS: Readonly<Record<Parameter, string>> = {
  layers: 'layers',
  channels: 'channels',
  side: 'side',
  layersPerStep: 'layers per step',
  workers: 'workers',
  activationBits: 'activation bits',
  activationFraction: 'activation fraction',
  weightFraction: 'weight fraction',
  headroom: 'headroom',
};

/** What the plan chooses unless it is asked for, and may choose differently when something else is swept. */
const CHOSEN: readonly Parameter[] = [
  'activationBits',
  'layersPerStep',
  'activationFraction',
  'weightFraction',
  'headroom',
];

const valuesOf = (set: ParameterSet, parameters: readonly Parameter[]): string =>
  [set.common.network, set.common.seed, set.common.circuit, ...parameters.map((name) => set.common[name])].join('\n');

/** The swept parameters. One that only follows the others, because the plan chose it, is none. */
export function sweptParameters(sets: readonly ParameterSet[]): Parameter[] {
  const distinct = (parameters: readonly Parameter[]): number =>
    new Set(sets.map((set) => valuesOf(set, parameters))).size;
  const networks = distinct([]);
  const differing = PARAMETERS.filter((name) => distinct([name]) > networks);
  return CHOSEN.filter((name) => differing.includes(name)).reduce<Parameter[]>((kept, name) => {
    const without = kept.filter((other) => other !== name);
    return distinct(without) === distinct(kept) ? without : kept;
  }, differing);
}

export interface Series {
  /** The values that its sets share; '' where it is the only one. */
  readonly name: string;
  /** Ascending in the axis; at least two. */
  readonly sets: readonly ParameterSet[];
}

/** Sets that differ in the axis only. */
export function seriesAlong(axis: Parameter, swept: readonly Parameter[], sets: readonly ParameterSet[]): Series[] {
  const fixed = swept.filter((name) => name !== axis);
  const groups = new Map<string, ParameterSet[]>();
  for (const set of sets) {
    const key = valuesOf(set, fixed);
    groups.set(key, [...(groups.get(key) ?? []), set]);
  }
  const named = severalNetworks(sets);
  return [...groups.values()]
    .filter((group) => new Set(group.map(({ common }) => common[axis])).size > 1)
    .map((group) => ({
      name: groups.size === 1 ? '' : nameOf(group[0]!, fixed, named),
      sets: [...group].sort((a, b) => Number(a.common[axis]) - Number(b.common[axis])),
    }));
}

/** A set by its values: "synthetic, channels 4, side 14". */
export function nameOf({ common }: ParameterSet, parameters: readonly Parameter[], withNetwork: boolean): string {
  const values = parameters.map((name) => `${PARAMETER_WORDS[name]} ${common[name]}`);
  return [...(withNetwork || values.length === 0 ? [networkOf(common)] : []), ...values].join(', ');
}

/** Whether the network has to be named to tell the sets apart. */
export const severalNetworks = (sets: readonly ParameterSet[]): boolean =>
  new Set(sets.map((set) => valuesOf(set, []))).size > 1;

/** A model's file without its folders, or a network with its seed; the circuit where it is not that of slots. */
export function networkOf({ network, seed, circuit }: ParameterSet['common']): string {
  const own = circuit === 'machine' ? ', machine' : '';
  return `${network.split(/[\\/]/).at(-1)}${seed === '' ? '' : ` (${seed})`}${own}`;
}
