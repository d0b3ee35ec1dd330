/** Switches relaxed SIMD on where Node has it behind a flag (20); import before WebAssembly is used. */
import v8 from 'node:v8';

if (Number(process.versions.node.split('.')[0]) < 22) v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
