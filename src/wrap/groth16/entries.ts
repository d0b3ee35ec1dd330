/**
 * The entries of A and B as section 4 of a .zkey has them, row by row: matrix u32 (0 A, 1 B), row u32, signal u32, value v 2^512 mod r in
 * 32 bytes. Behind the constraints stand rows with A = 1 for the constant and for each public input (development-key.ts).
 *
 * They follow from the circuit. Our own prover takes them from there, so that a key that we make does without them: they would be three
 * fifths of it. snarkjs reads them from the key, to which `completeKey` adds them.
 */
import { open } from 'node:fs/promises';
import { type Engine, FIELD_BYTES } from '../../algebra/engine.ts';
import type { R1cs, SparseMatrix } from '../r1cs/r1cs.ts';
import { type SectionWriter, writeSections } from '../r1cs/section-file.ts';
import { doubleMontgomeryBytes } from './key-tasks.ts';
import { readBytes, readZkey } from './zkey.ts';

export const ENTRY_BYTES = 12 + FIELD_BYTES;
const ENTRY_WORDS = ENTRY_BYTES / 4;
const VALUE_WORDS = FIELD_BYTES / 4;
/** Section that holds them. */
const ENTRIES = 4;
const SECTIONS = 10;
const COPY_BYTES = 1 << 22;

/** Rows of A, B or both, and what their coefficients are. */
export interface EntryRows {
  readonly a?: SparseMatrix | undefined;
  readonly b?: SparseMatrix | undefined;
  readonly constraints: number;
  /** Rows behind the constraints, which A has. */
  readonly own: number;
  /** v 2^512 for every coefficient. */
  readonly values: Uint8Array;
}

export function entryRows(
  engine: Engine,
  { a, b, constraints, publicInputs, coefficients }: R1cs,
): Required<EntryRows> {
  return { a, b, constraints, own: publicInputs + 1, values: doubleMontgomeryBytes(engine, coefficients) };
}

/** How many entries a key of this circuit has in its section 4, where it has them. */
export function entryCount({ a, b, publicInputs }: R1cs): number {
  return a.signal.length + b.signal.length + publicInputs + 1;
}

/** The entries, so many at a time; the bytes hold until the next are asked for. */
export function* entryBlocks({ a, b, constraints, own, values }: EntryRows, atOnce: number): Generator<Uint8Array> {
  const words = new Uint32Array(values.slice().buffer);
  const block = new Uint32Array(ENTRY_WORDS * atOnce);
  let filled = 0;
  const put = (matrix: number, row: number, signal: number, coef: number): void => {
    block[filled] = matrix;
    block[filled + 1] = row;
    block[filled + 2] = signal;
    for (let i = 0; i < VALUE_WORDS; i++) block[filled + 3 + i] = words[VALUE_WORDS * coef + i]!;
    filled += ENTRY_WORDS;
  };
  const taken = (): Uint8Array => {
    const bytes = new Uint8Array(block.buffer, 0, 4 * filled);
    filled = 0;
    return bytes;
  };
  for (let row = 0; row < constraints; row++) {
    for (const [matrix, part] of [a, b].entries()) {
      if (!part) continue;
      for (let k = part.start[row]!; k < part.start[row + 1]!; k++) {
        if (filled === block.length) yield taken();
        put(matrix, row, part.signal[k]!, part.coef[k]!);
      }
    }
  }
  for (let s = 0; a && s < own; s++) {
    if (filled === block.length) yield taken();
    put(0, constraints + s, s, 0);
  }
  if (filled > 0) yield taken();
}

/** The body of section 4. */
export async function writeEntries(file: SectionWriter, r1cs: R1cs, engine: Engine): Promise<void> {
  await file.write(new Uint8Array(Uint32Array.of(entryCount(r1cs)).buffer));
  for (const block of entryBlocks(entryRows(engine, r1cs), 1 << 15)) await file.write(block);
}

/** Writes the key at `from`, which has no entries, with those of its circuit to `to`. @throws E_KEY, E_FILE, E_DISK */
export async function completeKey(from: string, to: string, r1cs: R1cs, engine: Engine): Promise<void> {
  const { sections } = await readZkey(from);
  const handle = await open(from, 'r');
  try {
    await writeSections(to, 'zkey', 1, SECTIONS, async (file) => {
      for (const [type, { start, size }] of sections)
        await file.section(type, async () => {
          if (type === ENTRIES) return writeEntries(file, r1cs, engine);
          for (let at = 0; at < size; at += COPY_BYTES)
            await file.write(await readBytes(handle, start + at, Math.min(COPY_BYTES, size - at)));
        });
    });
  } finally {
    await handle.close();
  }
}
