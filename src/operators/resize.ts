/** Resize and Upsample: a move in mode nearest, else one linear operation over all axes. */
import { numberAttribute, stringAttribute } from '../layers/node.ts';
import { elementCount, entryCount } from '../layers/tensor-shape.ts';
import type { TensorBuilder } from '../tensor/builder.ts';
import type { Value } from '../tensor/graph.ts';
import { countUp } from '../tensor/indices.ts';
import { axisOf, constantInput, malformed, numbersAttribute, requiredInput } from './arguments.ts';
import type { NodeCall, Operator } from './operator.ts';
import {
  type AxisResize,
  type AxisRow,
  axisRow,
  coordinateModes,
  type Interpolation,
  nearestModes,
  type ResizeRules,
} from './resize-axis.ts';
import { combineTaps } from './window.ts';

/** Since opset 11; before it coordinates were scaled and rounded down. */
const MODES_OPSET = 11;

function rulesOf({ node, opset }: NodeCall): ResizeRules {
  const old = node.op === 'Upsample' || opset < MODES_OPSET;
  const written = stringAttribute(node, 'mode', 'nearest');
  const rules: ResizeRules = {
    mode: (written === 'bilinear' || written === 'trilinear' ? 'linear' : written) as Interpolation,
    coordinates: stringAttribute(node, 'coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel'),
    nearest: stringAttribute(node, 'nearest_mode', old ? 'floor' : 'round_prefer_floor'),
    cubicCoefficient: numberAttribute(node, 'cubic_coeff_a', -0.75),
    excludeOutside: numberAttribute(node, 'exclude_outside', 0) !== 0,
    antialias: numberAttribute(node, 'antialias', 0) !== 0,
  };
  if (!['nearest', 'linear', 'cubic'].includes(rules.mode))
    throw malformed(node, 'has an unknown mode', 'nearest, linear, cubic', written);
  if (!coordinateModes.includes(rules.coordinates))
    throw malformed(
      node,
      'has an unknown coordinate_transformation_mode',
      coordinateModes.join(', '),
      rules.coordinates,
    );
  if (!nearestModes.includes(rules.nearest))
    throw malformed(node, 'has an unknown nearest_mode', nearestModes.join(', '), rules.nearest);
  return rules;
}

/** What happens along each axis of x. */
function axesOf(call: NodeCall, x: Value): AxisResize[] {
  const { node } = call;
  const rank = x.shape.length;
  const axes = (numbersAttribute(node, 'axes') ?? [...x.shape.keys()]).map((axis) => axisOf(node, axis, rank));
  const list = (input: number, what: string): readonly number[] | undefined => {
    const data = constantInput(call, input, what)?.data;
    return data && data.length > 0 ? [...data] : undefined;
  };
  const three = node.op === 'Resize' && call.opset >= MODES_OPSET;
  const scales = numbersAttribute(node, 'scales') ?? list(three ? 2 : 1, 'scales');
  const sizes = three ? list(3, 'sizes') : undefined;
  const region = three ? list(1, 'roi') : undefined;
  const given = sizes ?? scales;
  if (given === undefined || given.length !== axes.length || given.some((value) => !(value >= 0)))
    throw malformed(node, 'has sizes that do not fit', `scales or sizes of ${axes.length} axes`, `${given}`);
  const ratios = axes.map((axis, i) => (sizes ? sizes[i]! / x.shape[axis]! : scales![i]!));
  const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch');
  const kept =
    policy === 'not_larger' ? Math.min(...ratios) : policy === 'not_smaller' ? Math.max(...ratios) : undefined;
  return x.shape.map((size, axis): AxisResize => {
    const i = axes.indexOf(axis);
    if (i < 0) return { size, out: size, scale: 1, region: [0, 1] };
    const own = region ? ([region[i]!, region[i + axes.length]!] as const) : ([0, 1] as const);
    if (sizes === undefined) return { size, out: Math.floor(size * ratios[i]!), scale: ratios[i]!, region: own };
    if (kept === undefined) return { size, out: sizes[i]!, scale: ratios[i]!, region: own };
    return { size, out: Math.floor(size * kept + 0.5), scale: kept, region: own };
  });
}

/** Rows of one axis as taps of a common width, their distinct weights, and which each has. */
interface AxisTable {
  readonly width: number;
  readonly taps: Int32Array;
  readonly weights: readonly (readonly number[])[];
  readonly row: Int32Array;
}

function tableOf(rows: readonly AxisRow[]): AxisTable {
  const width = Math.max(1, ...rows.map((row) => row?.taps.length ?? 1));
  const names = new Map<string, number>();
  const weights: number[][] = [];
  const row = Int32Array.from(rows, (given) => {
    const list = [...(given?.weights ?? [])];
    const own = [...list, ...Array<number>(width - list.length).fill(0)];
    const name = own.join();
    if (!names.has(name)) {
      names.set(name, weights.length);
      weights.push(own);
    }
    return names.get(name)!;
  });
  return {
    width,
    taps: Int32Array.from(rows.flatMap((given) => Array.from({ length: width }, (_, k) => given?.taps[k] ?? -1))),
    weights,
    row,
  };
}

/** Numbers along an axis, each with its taps: a limit against hostile files. */
const MOST_LENGTH = 2 ** 20;

function resized(b: TensorBuilder, call: NodeCall, x: Value): Value {
  const rules = rulesOf(call);
  const axes = axesOf(call, x);
  const shape = axes.map(({ out }) => out);
  elementCount(shape, `output of node "${call.node.name}"`);
  const longest = Math.max(0, ...shape);
  if (longest > MOST_LENGTH) throw new RangeError(`an axis of ${longest}`);
  const tables = axes.map((axis) => {
    // an axis that stays is read as it is, whatever the mode
    const same = axis.out === axis.size && axis.scale === 1 && rules.coordinates !== 'tf_crop_and_resize';
    return tableOf(
      Array.from({ length: axis.out }, (_, o) => (same ? { taps: [o], weights: [1] } : axisRow(o, axis, rules))),
    );
  });
  const taps = combineTaps(
    tables.map((table) => table.taps),
    tables.map((table) => table.width),
    shape,
    x.shape,
  );
  const outside = numberAttribute(call.node, 'extrapolation_value', 0);
  const width = entryCount(tables.map((table) => table.width));
  if (rules.mode === 'nearest') return b.arrange([x], shape, taps, outside);
  let kernel = Int32Array.of(0);
  let weights = [[1]];
  for (const table of tables) {
    const next = new Int32Array(kernel.length * table.row.length);
    for (let i = 0; i < next.length; i++)
      next[i] = kernel[Math.floor(i / table.row.length)]! * table.weights.length + table.row[i % table.row.length]!;
    kernel = next;
    weights = weights.flatMap((outer) => table.weights.map((inner) => outer.flatMap((p) => inner.map((q) => p * q))));
  }
  const count = entryCount(shape);
  const bias = new Float64Array(count).map((_, i) =>
    taps.subarray(i * width, (i + 1) * width).every((tap) => tap < 0) ? outside : 0,
  );
  return b.linear([x], {
    shape,
    width,
    taps,
    weights: Float64Array.from(weights.flat()),
    position: countUp(count),
    kernel,
    bias,
  });
}

export const RESIZES: readonly Operator[] = [
  {
    op: 'Resize',
    inputs: [1, 4],
    attributes: [
      'antialias',
      'axes',
      'coordinate_transformation_mode',
      'cubic_coeff_a',
      'exclude_outside',
      'extrapolation_value',
      'keep_aspect_ratio_policy',
      'mode',
      'nearest_mode',
    ],
    expand: (b, call) => [resized(b, call, requiredInput(call, 0))],
  },
  {
    op: 'Upsample',
    inputs: [1, 2],
    attributes: ['mode', 'scales'],
    expand: (b, call) => [resized(b, call, requiredInput(call, 0))],
  },
];
