/** The memory of a machine in the middle of a network, as it stands in a checkpoint's file; its rows are doubles, lowest byte first. */
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import type { PrefixMemory } from '../folding/planned.ts';
import { listOf } from './bounded.ts';
import { bytes, element, fr, g1, point, toElement, toPoint } from './proof-parts.ts';

/** Steps of a network that a file may have. */
const MAX_STEPS = 2 ** 20;

export const memoryPart = z.strictObject({
  traces: listOf(point, MAX_STEPS),
  planned: listOf(
    z.strictObject({
      steps: z
        .int()
        .min(1)
        .max(2 ** 32),
      digest: element,
    }),
    MAX_STEPS,
  ),
  live: z
    .strictObject({
      width: z
        .int()
        .min(1)
        .max(2 ** 10),
      rows: bytes,
    })
    .optional(),
});

export function encodeMemory({ traces, planned, live }: PrefixMemory): z.infer<typeof memoryPart> {
  return {
    traces: traces.map(toPoint),
    planned: planned.map(({ steps, digest }) => ({ steps, digest: toElement(digest) })),
    ...(live && {
      live: { width: live.width, rows: new Uint8Array(live.rows.buffer, live.rows.byteOffset, live.rows.byteLength) },
    }),
  };
}

/** @throws E_FORMAT for a value that is not canonical, and for rows that are no doubles */
export function decodeMemory({ traces, planned, live }: z.infer<typeof memoryPart>): PrefixMemory {
  return {
    traces: traces.map(g1),
    planned: planned.map(({ steps, digest }) => ({ steps, digest: fr(digest) })),
    ...(live && { live: { width: live.width, rows: doubles(live.rows) } }),
  };
}

function doubles(content: Uint8Array): Float64Array {
  if (content.length % Float64Array.BYTES_PER_ELEMENT !== 0)
    throw new FoldError('E_FORMAT', 'The memory of the checkpoint has a wrong length.', {
      expected: 'doubles of eight bytes',
      got: `${content.length} bytes`,
    });
  return new Float64Array(content.slice().buffer);
}
