/**
 * The operators: one line each, one file each. An operator missing here is refused before anything is computed.
 */
import { bindAdd } from './add.ts';
import type { Binding } from './binding.ts';
import { bindConv } from './conv.ts';
import { bindGemm } from './dense.ts';
import { bindFloor } from './floor.ts';
import { bindMatMul } from './matmul.ts';
import { bindRelu } from './relu.ts';
import { bindIdentity, bindReshape } from './reshape.ts';

/** By ONNX operator name. */
export const BINDINGS: ReadonlyMap<string, Binding> = new Map([
  ['Add', bindAdd],
  ['Conv', bindConv],
  ['Flatten', bindReshape],
  ['Floor', bindFloor],
  ['Gemm', bindGemm],
  ['Identity', bindIdentity],
  ['MatMul', bindMatMul],
  ['Relu', bindRelu],
  ['Reshape', bindReshape],
]);

/** Names that a network may use. Constant nodes are folded into constants when a file is decoded. */
export const SUPPORTED: readonly string[] = [...BINDINGS.keys(), 'Constant'].sort();
