/**
 * Tables that one thread makes and the others of its pool copy. The memory starts with a directory, a few words for each
 * table: its state, which range of the key it belongs to, and where it lies. States only go up, by atomic operations, so
 * that no thread ever waits: who finds a table being made does without it.
 */

const MAX_TABLES = 32;
const WORDS = 4;
const DIRECTORY_BYTES = 4 * WORDS * (MAX_TABLES + 1);
/** CLAIMED lasts for the moment in which range and place are written. */
const [EMPTY, CLAIMED, MAKING, READY] = [0, 1, 2, 3];

export interface SharedTable {
  readonly bytes: Uint8Array;
  /** `mine`: the caller makes it and then calls `publish`. */
  readonly state: 'mine' | 'making' | 'ready';
  publish(): void;
}

export class SharedTables {
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
  }

  /** The table of `bytes` bytes for the key's range [from, from + length); undefined when there is no room for it. */
  claim(from: number, length: number, bytes: number): SharedTable | undefined {
    const { words } = this;
    for (let entry = 1; entry <= MAX_TABLES; entry++) {
      const at = WORDS * entry;
      if (Atomics.compareExchange(words, at, EMPTY, CLAIMED) === EMPTY) {
        // Word 0 counts the bytes that are taken; what does not fit is never given.
        const place = DIRECTORY_BYTES + Atomics.add(words, 0, bytes);
        words.set([from, length, place], at + 1);
        Atomics.store(words, at, MAKING);
        return this.table(at, bytes, 'mine');
      }
      while (Atomics.load(words, at) === CLAIMED);
      if (words[at + 1] === from && words[at + 2] === length) {
        return this.table(at, bytes, Atomics.load(words, at) === READY ? 'ready' : 'making');
      }
    }
    return undefined;
  }

  private table(at: number, bytes: number, state: SharedTable['state']): SharedTable | undefined {
    const { words } = this;
    const place = words[at + 3]!;
    if (place + bytes > words.byteLength) return undefined;
    return {
      bytes: new Uint8Array(words.buffer, place, bytes),
      state,
      publish: () => {
        Atomics.store(words, at, READY);
      },
    };
  }
}
