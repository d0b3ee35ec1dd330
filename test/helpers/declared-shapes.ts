/** Shapes that a file declares beside its nodes: left out, symbolic, right, and now and then false. */
import type { Shape } from '../../src/layers/tensor-shape.ts';
import { type IModelProto, valueInfo } from './onnx.ts';
import type { Chance } from './random-wires.ts';

export const FALSE_SHAPES = [
  'false shape of the output',
  'false shape of a tensor',
  'false shape of an initializer',
] as const;

/**
 * Writes declarations into a model that has those of its input and its output.
 * @param shapes the true ones of all tensors that nodes compute
 * @returns what is false about them
 */
export function declareShapes(
  model: IModelProto,
  shapes: ReadonlyMap<string, Shape>,
  chance: Chance,
): (typeof FALSE_SHAPES)[number][] {
  const graph = model.graph!;
  const { random } = chance;
  const symbolic = (shape: Shape): (number | string)[] => shape.map((dim) => (random() < 0.3 ? 'N' : dim));
  const output = graph.output![0]!.name!;
  const tensors = [...shapes.keys()].filter((name) => name !== graph.input![0]!.name && name !== output);
  if (random() < 0.2 && shapes.get(graph.input![0]!.name!)![0] === 1) {
    const name = graph.input![0]!.name!;
    graph.input![0] = valueInfo(name, ['batch', ...shapes.get(name)!.slice(1)]);
  }
  if (random() < 0.3) graph.output![0] = valueInfo(output, symbolic(shapes.get(output)!));
  if (random() < 0.3)
    graph.valueInfo = tensors.filter(() => random() < 0.5).map((name) => valueInfo(name, symbolic(shapes.get(name)!)));
  const lie = random();
  if (lie < 0.06) {
    graph.output![0] = valueInfo(output, wrong(shapes.get(output)!, chance));
    return ['false shape of the output'];
  }
  if (lie < 0.09 && tensors.length > 0) {
    const name = chance.pick(tensors);
    graph.valueInfo = [valueInfo(name, wrong(shapes.get(name)!, chance))];
    return ['false shape of a tensor'];
  }
  const initializers = graph.initializer!.filter(({ dims }) => dims!.length > 0);
  if (lie < 0.11 && initializers.length > 0) {
    const { name, dims } = chance.pick(initializers);
    graph.input!.push(valueInfo(name!, wrong(dims as number[], chance)));
    return ['false shape of an initializer'];
  }
  return [];
}

/** Another shape: an axis more, an axis of another size, or the same entries otherwise. */
function wrong(shape: Shape, chance: Chance): number[] {
  const axis = chance.whole(0, shape.length - 1);
  const reversed = [...shape].reverse();
  return chance.pick([
    [1, ...shape],
    shape.map((dim, k) => (k === axis ? dim + 7 : dim)),
    reversed.join() === shape.join() ? [...shape, 1] : reversed,
  ]);
}
