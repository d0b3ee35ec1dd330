/**
 * The inputs of a batch: files, folders of .json files, .jsonl files with one input per line, and standard input as such
 * lines. Each has an id that becomes a folder's name: a file's name, or what its line calls `id`, or file and line number.
 *
 * An input that cannot be read is an item too, with its error: the others do not suffer from it.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FoldError } from '../errors.ts';
import { linesOf } from '../store/json.ts';
import { readFileBounded } from '../store/read.ts';
import type { Graph, Tensor } from './graph.ts';
import { parseInput } from './input.ts';

export interface BatchInput {
  readonly id: string;
  /** A file, or file:line. */
  readonly source: string;
  readonly input: Tensor | FoldError;
}

/** Of one file and of standard input. */
const MAX_BYTES = 2 ** 28;
/** Inputs of one file: as many as a batch in one proof has at most. A line of two bytes that is none costs a thousand. */
const MAX_LINES = 2 ** 16;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/**
 * All inputs in the order in which they are named; those of a folder by name.
 * @param stdin what `-` stands for
 * @throws E_USAGE for no input, a name twice or one that is no folder's name; E_FILE for a path that does not exist
 */
export async function readBatch(
  paths: readonly string[],
  graph: Graph,
  stdin: AsyncIterable<Uint8Array>,
): Promise<BatchInput[]> {
  const items: BatchInput[] = [];
  for (const path of paths) {
    if (path === '-') items.push(...parseLines(await readAll(stdin), 'stdin', '-', graph));
    else if ((await kindOf(path)) === 'folder')
      for (const name of (await readdir(path)).filter((file) => /\.jsonl?$/.test(file)).sort())
        items.push(...(await readFile(join(path, name), graph)));
    else items.push(...(await readFile(path, graph)));
  }
  checkIds(items);
  return items;
}

function checkIds(items: readonly BatchInput[]): void {
  if (items.length === 0)
    throw new FoldError('E_USAGE', 'Which inputs?', {
      expected: 'files, folders of .json files, .jsonl files, or - for lines of standard input',
      got: 'none',
    });
  const seen = new Map<string, string>();
  for (const { id, source } of items) {
    if (!ID.test(id))
      throw new FoldError('E_USAGE', 'An input has a name that cannot be that of a folder.', {
        expected: 'letters, digits, dots, hyphens and underscores, at most 100',
        got: `"${id}" (${source})`,
      });
    // some file systems know no difference between upper and lower case
    const before = seen.get(id.toLowerCase());
    if (before !== undefined)
      throw new FoldError('E_USAGE', 'Two inputs have the same name.', {
        expected: 'every name once',
        got: `"${id}" in ${before} and ${source}`,
        hint: 'Rename a file, or give the lines an "id".',
      });
    seen.set(id.toLowerCase(), source);
  }
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  const found = await stat(path).catch((cause) => {
    throw new FoldError('E_FILE', `The input "${path}" cannot be read.`, { expected: 'a file or a folder', cause });
  });
  return found.isDirectory() ? 'folder' : 'file';
}

async function readFile(path: string, graph: Graph): Promise<BatchInput[]> {
  if (path.endsWith('.jsonl')) {
    const text = new TextDecoder().decode(await readFileBounded(path, MAX_BYTES));
    return parseLines(text, basename(path, '.jsonl'), path, graph);
  }
  const id = basename(path, '.json');
  const input = await attempt(async () =>
    inputOf(new TextDecoder().decode(await readFileBounded(path, MAX_BYTES)), graph),
  );
  return [{ id, source: path, input: input instanceof FoldError ? input : input.input }];
}

async function readAll(stdin: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new FoldError('E_TOO_LARGE', 'Standard input is too large.', { expected: `at most ${MAX_BYTES} bytes` });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseLines(text: string, name: string, source: string, graph: Graph): BatchInput[] {
  const items: BatchInput[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    if (line.trim() === '') continue;
    if (items.length === MAX_LINES)
      throw new FoldError('E_TOO_LARGE', `There are too many inputs in "${source}".`, {
        expected: `at most ${MAX_LINES} lines`,
        got: 'more',
        hint: 'Prove them as several batches.',
      });
    const unnamed = `${name}-${String(number).padStart(4, '0')}`;
    const at = `${source}:${number}`;
    try {
      const { id = unnamed, input } = inputOf(line, graph);
      items.push({ id, source: at, input });
    } catch (error) {
      if (!(error instanceof FoldError)) throw error;
      items.push({ id: idOf(line) ?? unnamed, source: at, input: error });
    }
  }
  return items;
}

function idOf(line: string): string | undefined {
  try {
    const { id } = JSON.parse(line);
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

/** An input and the id that its object may have beside EZKL's fields. */
function inputOf(text: string, graph: Graph): { readonly id?: string; readonly input: Tensor } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FoldError('E_FORMAT', 'The input is not JSON.', { got: (cause as Error).message, cause });
  }
  if (Array.isArray(json) || typeof json !== 'object' || json === null) return { input: parseInput(json, graph)[0]! };
  const { id, ...rest } = json as { readonly id?: unknown };
  if (id !== undefined && typeof id !== 'string')
    throw new FoldError('E_INPUT', 'The id of an input is no text.', { expected: 'a string', got: typeof id });
  return { ...(id === undefined ? {} : { id }), input: parseInput(rest, graph)[0]! };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | FoldError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FoldError) return error;
    throw error;
  }
}
