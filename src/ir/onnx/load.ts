/** An ONNX file from disk: its graph and the digest that names it in plans, caches and reports. */
import { sha256Hex } from '../../store/digest.ts';
import { readFileBounded } from '../../store/read.ts';
import type { Graph } from '../graph.ts';
import { decodeOnnx } from './decode.ts';

/** Files above this are refused before they are read: 1 GiB. */
const MAX_ONNX_BYTES = 2 ** 30;

export interface LoadedOnnx {
  readonly graph: Graph;
  /** SHA-256 of the file's bytes, 64 hex digits. */
  readonly sha256: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** @throws E_FILE, E_TOO_LARGE, and what `decodeOnnx` throws */
export async function loadOnnxFile(path: string): Promise<LoadedOnnx> {
  return readOnnx(await readFileBounded(path, MAX_ONNX_BYTES));
}

/** The same of bytes. */
export function readOnnx(bytes: Uint8Array): LoadedOnnx {
  return { graph: decodeOnnx(bytes), sha256: sha256Hex(bytes), bytes: bytes.length };
}
