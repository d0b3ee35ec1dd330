/**
 * The folder of a batch: `results.csv` and `manifest.jsonl` list all items. Both lists are replaced as a whole whenever an
 * item ends, so that they are complete at any moment. With a proof each, `items/ID` is the run folder of an item; in one
 * proof the folder is that of a run, and `members/ID.json` shows an item alone (src/store/member-file.ts).
 */
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from './atomic.ts';
import { csvLine } from './csv.ts';
import { jsonIfWhole, linesOf } from './json.ts';
import { readIfThere } from './read.ts';

const MAX_MANIFEST_BYTES = 2 ** 28;
const RESULTS_FILE = 'results.csv';
const MANIFEST_FILE = 'manifest.jsonl';

const itemSchema = z.object({
  schema: z.literal('layerfold/batch-item/1'),
  id: z.string(),
  source: z.string(),
  /** waiting: no proof yet; proven: a verified proof is in its folder; failed: see error. */
  status: z.enum(['waiting', 'proven', 'failed']),
  class: z.int().nonnegative().optional(),
  /** What proving took, its verification included. */
  seconds: z.number().nonnegative().optional(),
  /** A code of docs/errors.md, and its words. */
  error: z.string().optional(),
  message: z.string().optional(),
  /** With a proof each: its run folder. */
  folder: z.string().optional(),
  /** In one proof: its place in the order of proving, counted from 0. */
  index: z.int().nonnegative().optional(),
});

export type BatchItem = Omit<z.infer<typeof itemSchema>, 'schema'>;

/** Where the run of an item lies. */
export const itemFolder = (folder: string, id: string): string => join(folder, 'items', id);

/** Lists items of either form; of a batch in one proof results.csv tells the index too. @throws E_DISK */
export async function writeBatch(folder: string, items: readonly BatchItem[]): Promise<void> {
  const lines = items.map((item) => `${JSON.stringify({ schema: 'layerfold/batch-item/1', ...item })}\n`);
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  await writeFileAtomic(join(folder, MANIFEST_FILE), encode(lines.join('')));
  await writeFileAtomic(join(folder, RESULTS_FILE), encode(resultsOf(items)));
}

/** results.csv of these items. */
export function resultsOf(items: readonly BatchItem[]): string {
  const inOne = items.some(({ index }) => index !== undefined);
  const columns = ['id', 'class', 'status', 'seconds', 'error', ...(inOne ? ['index'] : [])];
  const rows = items.map(({ id, class: found, status, seconds, error, index }) =>
    csvLine([id, found, status, seconds, error, ...(inOne ? [index] : [])]),
  );
  return [csvLine(columns), ...rows].join('');
}

/** Items of an earlier sitting by id; lines that are none are passed over, because what counts are the proofs. */
export async function readBatchItems(folder: string): Promise<Map<string, BatchItem>> {
  const items = (await readManifest(folder)).filter((item) => item !== undefined);
  return new Map(items.map((item) => [item.id, item]));
}

/** Every line of the manifest, undefined where it is no item; empty for a folder without one. @throws E_FILE, E_TOO_LARGE */
export async function readManifest(folder: string): Promise<readonly (BatchItem | undefined)[]> {
  const text = (await readText(folder, MANIFEST_FILE)) ?? '';
  return [...linesOf(text)].filter((line) => line !== '').map((line) => itemSchema.safeParse(jsonIfWhole(line)).data);
}

/** The text of results.csv; undefined where there is none. @throws E_FILE, E_TOO_LARGE */
export const readResults = (folder: string): Promise<string | undefined> => readText(folder, RESULTS_FILE);

async function readText(folder: string, name: string): Promise<string | undefined> {
  const bytes = await readIfThere(join(folder, name), MAX_MANIFEST_BYTES);
  return bytes && new TextDecoder().decode(bytes);
}
