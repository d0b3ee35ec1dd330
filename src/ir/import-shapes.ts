/** Shapes of a network's inputs: a symbolic batch is one sample, other open dimensions are for the user to say. */
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { elementCount } from '../layers/tensor-shape.ts';
import type { Shape } from '../tensor/graph.ts';
import type { DeclaredValue } from './onnx/network.ts';

/** Sizes of dimensions that the user gives, by their name in the file, or by "input:axis" where they have none. */
export type Dimensions = ReadonlyMap<string, number>;

/**
 * @param notice is told what was assumed
 * @throws E_INPUT for a dimension that nobody says; E_TOO_LARGE
 */
export function inputShape(input: DeclaredValue, dims: Dimensions, notice: (text: string) => void): Shape {
  if (input.dims === undefined)
    throw new FoldError('E_INPUT', `The network's input "${input.name}" has no shape.`, {
      expected: 'a number of dimensions',
      hint: command`python -m onnxruntime.tools.make_dynamic_shape_fixed --input_name ${input.name} --input_shape D0,... model.onnx fixed.onnx`,
    });
  const open: string[] = [];
  const shape = input.dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    const name = dim === '' ? `${input.name}:${axis}` : dim;
    const given = dims.get(name) ?? dims.get(`${input.name}:${axis}`);
    if (given !== undefined) return given;
    if (axis === 0) {
      notice(`The first dimension of the input "${input.name}" is open ("${name}"): it is 1, one sample a proof.`);
      return 1;
    }
    open.push(name);
    return 1;
  });
  if (open.length > 0)
    throw new FoldError('E_INPUT', `The network's input "${input.name}" has dimensions of unknown size.`, {
      expected: 'a size for each; only the first dimension, the batch, is taken to be 1',
      got: open.join(', '),
      hint: `Say them: ${open.map((name) => command`--dim ${`${name}=SIZE`}`).join(' ')}`,
    });
  elementCount(shape, `input "${input.name}"`);
  return shape;
}
