import { createWasmEngine } from '../../src/algebra/wasm/index.ts';
import { engineConformance } from './engine-conformance.ts';

engineConformance('wasmcurves', createWasmEngine);
