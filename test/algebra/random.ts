/** A seeded source of test values: SHA-256 in counter mode, so that a failure can be repeated. */
import { createHash } from 'node:crypto';

export class Random {
  private counter = 0;
  private readonly seed: string;

  constructor(seed: string) {
    this.seed = seed;
  }

  /** Uniform enough below `limit` <= 2^256. */
  element(limit: bigint): bigint {
    const digest = createHash('sha512')
      .update(`${this.seed}/${this.counter++}`)
      .digest('hex');
    return BigInt(`0x${digest}`) % limit;
  }

  /** n elements with the boundary values 0, 1, limit - 1 among the first. */
  elements(limit: bigint, n: number): bigint[] {
    const edges = [0n, limit - 1n, 1n];
    return Array.from({ length: n }, (_, i) => edges[n > 3 ? i : 3] ?? this.element(limit));
  }

  bits(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => Number(this.element(2n)));
  }

  index(limit: number): number {
    return Number(this.element(BigInt(limit)));
  }
}
