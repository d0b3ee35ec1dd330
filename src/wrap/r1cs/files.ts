/**
 * A constraint system and a witness as iden3's files, which snarkjs and circom's tools read.
 *
 * .r1cs  version 1. Section 1: n8 u32 = 32, r, signals u32, outputs u32, public inputs u32, private inputs u32, labels u64,
 *        constraints u32. Section 2: for each constraint A, B, C: number of entries u32, then signal u32 and value
 *        (32 bytes, canonical). Section 3: the label (u64) of each signal, here its own number.
 * .wtns  version 2. Section 1: n8 u32 = 32, r, signals u32. Section 2: the signals, 32 bytes each, canonical.
 */
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { FoldError, invariant } from '../../errors.ts';
import type { R1cs, SparseMatrix } from './r1cs.ts';
import { type SectionWriter, writeSections } from './section-file.ts';

/** Size of one matrix entry in words: a signal and a value. */
const ENTRY_WORDS = 1 + FIELD_BYTES / 4;
const WTNS_PREAMBLE_BYTES = 12;
const SECTION_HEAD_BYTES = 12;
const WTNS_HEADER_BYTES = 4 + FIELD_BYTES + 4;
/** Labels written at once. */
const LABELS = 1 << 16;

/** Writes the .r1cs file (36 bytes per coefficient). @throws E_DISK */
export async function writeR1cs(path: string, r1cs: R1cs): Promise<void> {
  await writeSections(path, 'r1cs', 1, 3, async (file) => {
    await file.section(1, () => file.write(r1csHeader(r1cs)));
    await file.section(2, () => writeConstraints(file, r1cs));
    await file.section(3, async () => {
      for (let from = 0; from < r1cs.signals; from += LABELS) {
        const count = Math.min(LABELS, r1cs.signals - from);
        const labels = BigUint64Array.from({ length: count }, (_, i) => BigInt(from + i));
        await file.write(new Uint8Array(labels.buffer));
      }
    });
  });
}

function r1csHeader(r1cs: R1cs): Uint8Array {
  const header = Buffer.alloc(4 + FIELD_BYTES + 28);
  header.writeUInt32LE(FIELD_BYTES, 0);
  header.set(field(r1cs.modulus).toBytes(r1cs.modulus), 4);
  const counts = 4 + FIELD_BYTES;
  header.writeUInt32LE(r1cs.signals, counts);
  header.writeUInt32LE(0, counts + 4);
  header.writeUInt32LE(r1cs.publicInputs, counts + 8);
  header.writeUInt32LE(r1cs.signals - r1cs.publicInputs - 1, counts + 12);
  header.writeBigUInt64LE(BigInt(r1cs.signals), counts + 16);
  header.writeUInt32LE(r1cs.constraints, counts + 24);
  return header;
}

async function writeConstraints(file: SectionWriter, r1cs: R1cs): Promise<void> {
  const { buffer, byteOffset, byteLength } = r1cs.coefficients;
  const values = new Uint32Array(buffer, byteOffset, byteLength / 4);
  for (let j = 0; j < r1cs.constraints; j++) {
    for (const part of [r1cs.a, r1cs.b, r1cs.c]) await file.write(entriesOf(part, j, values));
  }
}

function entriesOf({ start, signal, coef }: SparseMatrix, row: number, values: Uint32Array): Uint8Array {
  const [from, to] = [start[row]!, start[row + 1]!];
  const words = new Uint32Array(1 + ENTRY_WORDS * (to - from));
  words[0] = to - from;
  for (let k = from, at = 1; k < to; k++, at += ENTRY_WORDS) {
    words[at] = signal[k]!;
    const value = 8 * coef[k]!;
    for (let i = 0; i < 8; i++) words[at + 1 + i] = values[value + i]!;
  }
  return new Uint8Array(words.buffer);
}

/** The bytes of a .wtns file for what R1csWitness.finish() returned. They hold secrets: keep them from others. */
export function encodeWtns(modulus: bigint, witness: Uint8Array): Uint8Array {
  invariant(witness.length % FIELD_BYTES === 0, 'a witness is whole field elements');
  const start = WTNS_PREAMBLE_BYTES + 2 * SECTION_HEAD_BYTES + WTNS_HEADER_BYTES;
  const file = Buffer.alloc(start + witness.length);
  file.write('wtns', 0, 'latin1');
  file.writeUInt32LE(2, 4);
  file.writeUInt32LE(2, 8);
  let at = WTNS_PREAMBLE_BYTES;
  file.writeUInt32LE(1, at);
  file.writeBigUInt64LE(BigInt(WTNS_HEADER_BYTES), at + 4);
  at += SECTION_HEAD_BYTES;
  file.writeUInt32LE(FIELD_BYTES, at);
  file.set(field(modulus).toBytes(modulus), at + 4);
  file.writeUInt32LE(witness.length / FIELD_BYTES, at + 4 + FIELD_BYTES);
  at += WTNS_HEADER_BYTES;
  file.writeUInt32LE(2, at);
  file.writeBigUInt64LE(BigInt(witness.length), at + 4);
  file.set(witness, start);
  return file;
}

/**
 * The signals of a .wtns file, 32 bytes each: as many as expected, the constant 1 first, all canonical.
 * @throws E_FORMAT
 */
export function decodeWtns(modulus: bigint, file: Uint8Array, signals: number): Uint8Array {
  const refuse = (expected: string, got: string): never => {
    throw new FoldError('E_FORMAT', 'This is not a witness of the circuit.', { expected, got });
  };
  const start = WTNS_PREAMBLE_BYTES + 2 * SECTION_HEAD_BYTES + WTNS_HEADER_BYTES;
  if (file.length !== start + signals * FIELD_BYTES)
    refuse(`a file of ${start + signals * FIELD_BYTES} bytes`, `${file.length} bytes`);
  const head = encodeWtns(modulus, new Uint8Array(FIELD_BYTES)).subarray(0, WTNS_PREAMBLE_BYTES);
  if (Buffer.compare(head, file.subarray(0, head.length)) !== 0) refuse('"wtns", version 2', 'another kind of file');
  const witness = new Uint8Array(file.subarray(start));
  const top = Number(modulus >> 224n);
  const words = new Uint32Array(witness.buffer);
  const F = field(modulus);
  for (let i = 0; i < signals; i++) {
    // few elements reach even the top word of the modulus
    if (words[8 * i + 7]! < top) continue;
    const value = F.fromBytes(witness.subarray(i * FIELD_BYTES, (i + 1) * FIELD_BYTES));
    if (value >= modulus) refuse(`values below ${modulus}`, `signal ${i}: ${value}`);
  }
  if (F.fromBytes(witness.subarray(0, FIELD_BYTES)) !== 1n) refuse('1 as signal 0', 'another value');
  return witness;
}
