/** A model input from a file: read whole, bounded, and handed to the parser (input.ts). */
import { FoldError } from '../errors.ts';
import { readFileBounded } from '../store/read.ts';
import type { Graph, Tensor } from './graph.ts';
import { parseInput } from './input.ts';

/** Input files above this are refused: 256 MiB. */
const MAX_INPUT_BYTES = 2 ** 28;

/** Reads and parses an input file. @throws E_FILE, E_TOO_LARGE, E_FORMAT (not JSON), E_INPUT */
export async function readInputFile(path: string, graph: Graph): Promise<Tensor[]> {
  return parseInput(await readInputJson(path), graph);
}

/** The JSON of an input file, of which nothing is checked yet. @throws E_FILE, E_TOO_LARGE, E_FORMAT */
export async function readInputJson(path: string): Promise<unknown> {
  const bytes = await readFileBounded(path, MAX_INPUT_BYTES);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FoldError('E_FORMAT', `The input file "${path}" is not JSON.`, {
      expected: '{"input_data": [[...]]}; NaN and Infinity are no JSON numbers',
      got: cause instanceof Error ? cause.message : 'unreadable text',
      cause,
    });
  }
}
