/**
 * `private/items.jsonl` of a batch in one proof: what its members do not show, one item per line in the order of proving.
 * The salts open the digests; input and output stand here as far as they are hidden. Mode 0600, never shared.
 */
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { MAX_ITEMS } from '../folding/batch-tree.ts';
import { hex } from '../units.ts';
import { digestNumber, parseJson } from './json.ts';
import { outputSchema, type RunInput, type RunOutput, runInputSchema } from './run-data.ts';
import { readRunFile } from './run-folder.ts';
import { PRIVATE_ITEMS_FILE } from './run-record.ts';

const itemSchema = z.strictObject({
  schema: z.literal('layerfold/private-item/1'),
  id: z.string().max(100),
  salts: z.strictObject({ input: digestNumber, output: digestNumber }),
  input: runInputSchema.optional(),
  output: outputSchema.optional(),
});

export interface PrivateItem {
  readonly id: string;
  /** Of the digests of input and output; 0 for what is public. */
  readonly salts: { readonly input: bigint; readonly output: bigint };
  readonly input?: RunInput | undefined;
  readonly output?: RunOutput | undefined;
}

export function encodePrivateItems(items: readonly PrivateItem[]): Uint8Array {
  const lines = items.map(({ id, salts, input, output }) => {
    const item: z.input<typeof itemSchema> = {
      schema: 'layerfold/private-item/1',
      id,
      salts: { input: hex(salts.input), output: hex(salts.output) },
      ...(input && { input }),
      ...(output && { output }),
    };
    return `${JSON.stringify(item)}\n`;
  });
  return new TextEncoder().encode(lines.join(''));
}

/** In the order of proving; undefined where the folder is a copy without them. @throws E_FORMAT, E_FILE, E_TOO_LARGE */
export async function readPrivateItems(folder: string): Promise<readonly PrivateItem[] | undefined> {
  const bytes = await readRunFile(folder, PRIVATE_ITEMS_FILE);
  if (!bytes) return undefined;
  const lines = new TextDecoder()
    .decode(bytes)
    .trimEnd()
    .split('\n', MAX_ITEMS + 1);
  if (lines.length > MAX_ITEMS)
    throw new FoldError('E_FORMAT', `${PRIVATE_ITEMS_FILE} has too many lines.`, {
      expected: `at most ${MAX_ITEMS}`,
      got: 'more',
    });
  return lines.map((line) => parseJson(new TextEncoder().encode(line), PRIVATE_ITEMS_FILE, itemSchema));
}
