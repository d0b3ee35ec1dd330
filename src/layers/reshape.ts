/**
 * Operators that keep every number in its place and only rename or reshape: ONNX Identity, Flatten, Reshape.
 * The state is a flat vector in row-major order, so they cost nothing and have no circuit.
 */
import type { Binding } from './binding.ts';

export const bindReshape: Binding = () => ({ piece: 'shape' });
