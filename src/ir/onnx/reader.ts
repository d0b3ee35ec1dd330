/**
 * protobuf's reader with a bound on what it makes. A message of two bytes becomes an object of hundreds, a 64-bit integer of one byte
 * one of fifty: their number is bounded by the length of the file before there are too many. What cannot be more than a few
 * times its bytes (strings, packed numbers, raw data) is not counted.
 */
import { createRequire } from 'node:module';

interface ProtobufReader {
  pos: number;
  len: number;
  bytes(): Uint8Array;
  skipType(wireType: number): unknown;
  uint32(): number;
  int32(): number;
  int64(): unknown;
  uint64(): unknown;
}

/** The reader of the very protobuf that onnx-proto decodes with: it takes no other. */
const own = createRequire(createRequire(import.meta.url).resolve('onnx-proto'));
const { Reader } = own('protobufjs/minimal') as { Reader: new (bytes: Uint8Array) => ProtobufReader };

/** Tags, lengths and 64-bit integers that a model of any length may have, and bytes for each further one. */
const SOME = 2 ** 18;
const BYTES_EACH = 4;

class BoundedReader extends Reader {
  #left: number;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.#left = SOME + bytes.length / BYTES_EACH;
  }

  #count(): void {
    if (this.#left-- <= 0) throw new Error('more fields than a model of this length has');
  }

  override uint32(): number {
    this.#count();
    return super.uint32();
  }
  /** Is read as the one above, and costs little: int32_data holds it for every small number. */
  override int32(): number {
    this.#left++;
    return super.int32();
  }
  override int64(): unknown {
    this.#count();
    return super.int64();
  }
  override uint64(): unknown {
    this.#count();
    return super.uint64();
  }
}

/** As onnx-proto's types want it: bytes, or a reader of them. */
export function boundedReader(bytes: Uint8Array): Uint8Array {
  return new BoundedReader(bytes) as unknown as Uint8Array;
}

/** The length-delimited fields of that number in a message, in their order. */
export function fieldsOf(message: Uint8Array, field: number): Uint8Array[] {
  const reader = new BoundedReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === field * 8 + 2) found.push(reader.bytes());
    else reader.skipType(tag & 7);
  }
  return found;
}
