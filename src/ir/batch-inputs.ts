/**
 * The inputs of a batch: files, folders of .json files, .jsonl files with one input per line, and standard input as such
 * lines. Each has a name, that of its file, or what its line calls `id`, or file and line number, and an id made of it that
 * becomes a folder's name (batch-ids.ts).
 *
 * An input that cannot be read is an item too, with its error: the others do not suffer from it.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FoldError } from '../errors.ts';
import { systemReason } from '../store/disk-error.ts';
import { jsonIfWhole, linesOf } from '../store/json.ts';
import { readFileBounded } from '../store/read.ts';
import { batchIds } from './batch-ids.ts';
import type { Graph, Tensor } from './graph.ts';
import { joinInputs, parseInput } from './input.ts';

export interface BatchInput {
  /** Safe as a folder's name, and no other input's. */
  readonly id: string;
  /** As it was given. */
  readonly name: string;
  /** A file, or file:line. */
  readonly source: string;
  readonly input: Tensor | FoldError;
}

/** Of one file and of standard input. */
const MAX_BYTES = 2 ** 28;
/** Inputs of one file: as many as a batch in one proof has at most. A line of two bytes that is none costs a thousand. */
const MAX_LINES = 2 ** 16;
/** Files of a folder that are inputs. Names that begin with a dot are other programs', such as ._a.json of macOS. */
const INPUT_FILE = /^[^.].*\.jsonl?$/i;
const ENDING = /\.jsonl?$/i;

type NamedInput = Omit<BatchInput, 'id'>;

/**
 * All inputs in the order in which they are named; those of a folder by name.
 * @param stdin what `-` stands for
 * @throws E_USAGE for no input; E_FILE for a path that does not exist
 */
export async function readBatch(
  paths: readonly string[],
  graph: Graph,
  stdin: AsyncIterable<Uint8Array>,
): Promise<BatchInput[]> {
  const items: NamedInput[] = [];
  for (const path of paths) {
    if (path === '-') items.push(...parseLines(await readAll(stdin), 'stdin', '-', graph));
    else if ((await kindOf(path)) === 'folder')
      for (const name of (await readdir(path)).filter((file) => INPUT_FILE.test(file)).sort())
        items.push(...(await readFile(join(path, name), graph)));
    else items.push(...(await readFile(path, graph)));
  }
  if (items.length === 0)
    throw new FoldError('E_USAGE', 'Which inputs?', {
      expected: 'files, folders of .json files, .jsonl files, or - for lines of standard input',
      got: 'none',
    });
  const ids = batchIds(items.map(({ name }) => name));
  return items.map((item, k) => ({ id: ids[k]!, ...item }));
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  const found = await stat(path).catch((cause) => {
    throw new FoldError('E_FILE', `The input "${path}" cannot be read.`, {
      expected: 'a file or a folder',
      got: systemReason((cause as NodeJS.ErrnoException).code),
      cause,
    });
  });
  return found.isDirectory() ? 'folder' : 'file';
}

async function readFile(path: string, graph: Graph): Promise<NamedInput[]> {
  const name = basename(path).replace(ENDING, '');
  const text = await attempt(async () => new TextDecoder().decode(await readFileBounded(path, MAX_BYTES)));
  if (text instanceof FoldError) return [{ name, source: path, input: text }];
  if (/\.jsonl$/i.test(path)) return parseLines(text, name, path, graph);
  const input = await attempt(async () => inputOf(text, graph).input);
  return [{ name, source: path, input }];
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
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function parseLines(text: string, file: string, source: string, graph: Graph): NamedInput[] {
  const items: NamedInput[] = [];
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
    const unnamed = `${file}-${String(number).padStart(4, '0')}`;
    const at = `${source}:${number}`;
    try {
      const { id = unnamed, input } = inputOf(line, graph);
      items.push({ name: id, source: at, input });
    } catch (error) {
      if (!(error instanceof FoldError)) throw error;
      items.push({ name: idOf(jsonIfWhole(line)) ?? unnamed, source: at, input: error });
    }
  }
  return items;
}

/** The id that an input's object may have beside EZKL's fields. Programs count in numbers. */
function idOf(json: unknown): string | undefined {
  const id = (json as { readonly id?: unknown } | null | undefined)?.id;
  return typeof id === 'number' || (typeof id === 'string' && id !== '') ? String(id) : undefined;
}

function inputOf(text: string, graph: Graph): { readonly id?: string | undefined; readonly input: Tensor } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FoldError('E_FORMAT', 'The input is not JSON.', { got: (cause as Error).message, cause });
  }
  if (Array.isArray(json) || typeof json !== 'object' || json === null)
    return { input: joinInputs(parseInput(json, graph)) };
  const { id, ...rest } = json as { readonly id?: unknown };
  if (!['undefined', 'string', 'number'].includes(typeof id))
    throw new FoldError('E_INPUT', 'The id of an input is no name.', {
      expected: 'a string or a number',
      got: JSON.stringify(id),
    });
  return { id: idOf(json), input: joinInputs(parseInput(rest, graph)) };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | FoldError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FoldError) return error;
    throw error;
  }
}
