/** The heap of the first engine. */
import { expect, it } from 'vitest';
import { Arena } from '../../src/algebra/module/arena.ts';

const PAGE = 65536;

function fresh(): { arena: Arena; memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new DataView(memory.buffer).setUint32(0, 20, true);
  return { arena: new Arena(memory), memory };
}

it('hands out aligned addresses and grows, keeping what is there', () => {
  const { arena, memory } = fresh();
  expect(arena.alloc(1)).toBe(24);
  const kept = arena.put(Uint8Array.of(1, 2, 3));
  expect(kept).toBe(32);
  arena.alloc(3 * PAGE);
  expect(memory.buffer.byteLength).toBeGreaterThan(3 * PAGE);
  expect(arena.take(kept, 3)).toEqual(Uint8Array.of(1, 2, 3));
  expect(arena.take(kept, 3).buffer).toBeInstanceOf(ArrayBuffer);
});

it('releases scratch memory, also when its user throws', () => {
  const { arena } = fresh();
  const inner = arena.scratch(() => arena.alloc(100));
  expect(() =>
    arena.scratch(() => {
      arena.alloc(100);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(arena.alloc(8)).toBe(inner);
});

it('reserves room behind the heap without taking it', () => {
  const { arena, memory } = fresh();
  arena.reserve(2 * PAGE);
  expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(2 * PAGE + 20);
  expect(arena.alloc(8)).toBe(24);
});

it('says that memory is out, and goes on working', () => {
  const { arena } = fresh();
  expect(() => arena.alloc(2 ** 33)).toThrow(expect.objectContaining({ code: 'E_MEMORY' }));
  expect(arena.alloc(8)).toBe(24);
});
