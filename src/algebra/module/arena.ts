/**
 * Memory of the engine's module: a heap that only grows at its end. The word at address 0 is the address of its first free
 * byte: an image of the memory carries it.
 *
 * `scratch` releases at its end all that was allocated within; what is allocated outside stays for ever. No view of
 * the memory may be kept across an allocation, since growing detaches it: hence all access goes through here.
 */
import { FoldError, invariant } from '../../errors.ts';

const PAGE_BYTES = 65536;
/** Growing is slow: take at least this many pages (4 MB). */
const MIN_GROWTH = 64;
const ALIGNMENT = 8;

export class Arena {
  private readonly memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
  }

  /** Runs `body`, then releases what it allocated. */
  scratch<T>(body: () => T): T {
    const mark = this.free;
    try {
      return body();
    } finally {
      this.free = mark;
    }
  }

  /** Address of `bytes` fresh bytes, 8-byte aligned, content undefined. */
  alloc(bytes: number): number {
    const address = Math.ceil(this.free / ALIGNMENT) * ALIGNMENT;
    this.grow(address + bytes);
    this.free = address + bytes;
    return address;
  }

  /** Makes room for `bytes` that a kernel is going to take behind the heap's end by itself. */
  reserve(bytes: number): void {
    this.grow(this.free + bytes);
  }

  /** Copies bytes in; returns their address. */
  put(data: Uint8Array): number {
    const address = this.alloc(data.length);
    this.write(address, data);
    return address;
  }

  putWords(data: Uint32Array): number {
    return this.put(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  write(address: number, data: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(data, address);
  }

  /** A copy of `bytes` bytes. Not on shared memory: the collector does not see how much of that waits for it. */
  take(address: number, bytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, bytes).slice();
  }

  /** The same, into `target` where there is one. */
  takeInto(address: number, bytes: number, target?: Uint8Array): Uint8Array {
    if (!target) return this.take(address, bytes);
    invariant(target.length === bytes, `a result of ${bytes} bytes for ${target.length}`);
    target.set(new Uint8Array(this.memory.buffer, address, bytes));
    return target;
  }

  /** Calls `read` with a view that is valid during the call only. */
  view<T>(address: number, bytes: number, read: (view: Uint8Array) => T): T {
    return read(new Uint8Array(this.memory.buffer, address, bytes));
  }

  private get free(): number {
    return new DataView(this.memory.buffer).getUint32(0, true);
  }

  private set free(address: number) {
    new DataView(this.memory.buffer).setUint32(0, address, true);
  }

  private grow(end: number): void {
    const missing = Math.ceil((end - this.memory.buffer.byteLength) / PAGE_BYTES);
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.max(missing, MIN_GROWTH));
    } catch (cause) {
      throw new FoldError('E_MEMORY', 'The arithmetic engine cannot get more memory.', {
        got: `${Math.round(end / 2 ** 20)} MB needed at once`,
        hint: 'Use fewer layers per step, or raise the memory limit.',
        cause,
      });
    }
  }
}
