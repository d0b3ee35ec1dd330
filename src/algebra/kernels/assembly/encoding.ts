/**
 * The binary form of a WebAssembly module, as far as our kernels need it: functions, one imported memory, exports.
 *
 * Why an assembler of our own and no dependency: the kernels are straight-line arithmetic made by loops in TypeScript, for
 * which two hundred lines of instructions (code.ts) are enough; they are typed (a v128 cannot be passed for an i32), have
 * SIMD, which wasmbuilder lacks, and control which value stays in a register and which goes through memory.
 * Reference: WebAssembly core specification, chapter 5 (binary format).
 */

/** A tree of bytes; concatenation is nesting, so that generating code costs no copying. */
export type Bytes = readonly (number | Bytes)[];

export type ValueType = 'i32' | 'i64' | 'v128';

const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, v128: 0x7b };

export interface FunctionCode {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly locals: readonly ValueType[];
  readonly body: Bytes;
}

/** Unsigned LEB128. */
export function unsigned(value: number): Bytes {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128. */
export function signed(value: bigint): Bytes {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 127n);
    const last = rest >> 6n === 0n || rest >> 6n === -1n;
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

/** The module: all functions are exported by name, memory comes from the import env.memory. Index = position. */
export function encodeModule(functions: readonly FunctionCode[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): Bytes => vector([...new TextEncoder().encode(text)].map((byte) => [byte]));
  const FUNCTION_KIND = 0;
  const MEMORY_KIND = 2;
  const [magic, version] = [
    [0x00, 0x61, 0x73, 0x6d],
    [1, 0, 0, 0],
  ];
  return flatten([
    magic!,
    version!,
    section(1, vector(functions.map((f) => [0x60, types(f.params), types(f.result ? [f.result] : [])]))),
    section(2, vector([[name('env'), name('memory'), MEMORY_KIND, [0x00, 1]]])),
    section(3, vector(functions.map((_, index) => unsigned(index)))),
    section(7, vector(functions.map((f, index) => [name(f.name), FUNCTION_KIND, unsigned(index)]))),
    section(10, vector(functions.map((f) => sized([locals(f.locals), f.body, 0x0b])))),
  ]);
}

function types(list: readonly ValueType[]): Bytes {
  return vector(list.map((type) => [TYPE_CODES[type]]));
}

/** One run per local: a few bytes more than runs of equal types, and the order is free. */
function locals(list: readonly ValueType[]): Bytes {
  return vector(list.map((type) => [1, TYPE_CODES[type]]));
}

function vector(items: readonly Bytes[]): Bytes {
  return [unsigned(items.length), items];
}

function section(id: number, content: Bytes): Bytes {
  return [id, sized(content)];
}

function sized(content: Bytes): Bytes {
  return [unsigned(size(content)), content];
}

function size(bytes: Bytes): number {
  let total = 0;
  for (const part of bytes) total += typeof part === 'number' ? 1 : size(part);
  return total;
}

function flatten(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(size(bytes));
  let at = 0;
  const write = (tree: Bytes): void => {
    for (const part of tree) {
      if (typeof part === 'number') out[at++] = part;
      else write(part);
    }
  };
  write(bytes);
  return out;
}
