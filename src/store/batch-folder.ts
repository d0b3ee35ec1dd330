/**
 * The folder of a batch: `results.csv` and `manifest.jsonl` list all items. Both lists are replaced as a whole whenever an
 * item ends, so that they are complete at any moment. With a proof each, `items/ID` is the run folder of an item; in one
 * proof the folder is that of a run, and `members/ID.json` shows an item alone (src/store/member-file.ts).
 */
import { join } from 'node:path';
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { writeFileAtomic } from './atomic.ts';
import { csvLine, parseCsv } from './csv.ts';
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
  const inOne = items.some(({ index }) => index !== undefined);
  const columns = ['id', 'class', 'status', 'seconds', 'error', ...(inOne ? ['index'] : [])];
  const text = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join(''));
  const rows = items.map(({ id, class: found, status, seconds, error, index }) =>
    csvLine([id, found, status, seconds, error, ...(inOne ? [index] : [])]),
  );
  const lines = items.map((item) => `${JSON.stringify({ schema: 'layerfold/batch-item/1', ...item })}\n`);
  await writeFileAtomic(join(folder, MANIFEST_FILE), text(lines));
  await writeFileAtomic(join(folder, RESULTS_FILE), text([csvLine(columns), ...rows]));
}

/** Items of an earlier sitting by id; lines that are none are passed over, because what counts are the proofs. */
export async function readBatchItems(folder: string): Promise<Map<string, BatchItem>> {
  const bytes = await readIfThere(join(folder, MANIFEST_FILE), MAX_MANIFEST_BYTES);
  const items = new Map<string, BatchItem>();
  for (const line of linesOf(new TextDecoder().decode(bytes ?? new Uint8Array()))) {
    const parsed = itemSchema.safeParse(jsonIfWhole(line));
    if (parsed.success) items.set(parsed.data.id, parsed.data);
  }
  return items;
}

/** Ids and classes of results.csv; empty where there is none. @throws E_FORMAT for a table without these columns */
export async function readResults(
  folder: string,
): Promise<readonly { readonly id: string; readonly class: number | undefined }[]> {
  const bytes = await readIfThere(join(folder, RESULTS_FILE), MAX_MANIFEST_BYTES);
  if (!bytes) return [];
  const [head = [], ...rows] = parseCsv(new TextDecoder().decode(bytes));
  const [id, found] = [head.indexOf('id'), head.indexOf('class')];
  if (id < 0 || found < 0)
    throw new FoldError('E_FORMAT', `${RESULTS_FILE} is no table of a batch.`, {
      expected: 'columns id and class',
      got: head.join(', '),
    });
  return rows.map((row) => ({ id: row[id] ?? '', class: row[found] ? Number(row[found]) : undefined }));
}
