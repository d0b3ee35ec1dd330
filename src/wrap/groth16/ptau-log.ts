/**
 * The contributions to a powers-of-tau file out of snarkjs' log, which is where it tells their hashes. Every call of the logger is
 * one line here, so that a name with line breaks cannot look like another line.
 */
import type { Contribution } from './contributions.ts';

export class PtauLog {
  readonly #found: Contribution[] = [];
  /** What was said last: the reason, where a verification fails. */
  last = '';

  see(line: string): void {
    this.last = line;
    const [, name] = /^Contribution #\d+: ([\s\S]*)$/.exec(line) ?? [];
    if (name !== undefined) {
      this.#found.push({ name, hash: '' });
      return;
    }
    const current = this.#found.at(-1);
    if (!current) return;
    const [, hash] = /^Response Hash:([0-9a-f\s]+)$/.exec(line) ?? [];
    // the second one under this name is that of the challenge before
    if (hash !== undefined && current.hash === '') this.#change({ ...current, hash: hash.replaceAll(/\s/g, '') });
    const [, value] = /^Beacon generator: ([0-9a-f]*)$/.exec(line) ?? [];
    if (value !== undefined) this.#change({ ...current, beacon: { value, iterations: 0 } });
    const [, iterations] = /^Beacon iterations Exp: (\d+)$/.exec(line) ?? [];
    if (iterations !== undefined && current.beacon)
      this.#change({ ...current, beacon: { ...current.beacon, iterations: Number(iterations) } });
  }

  /** In their order; snarkjs begins with the last one. */
  get contributions(): readonly Contribution[] {
    return [...this.#found].reverse();
  }

  #change(contribution: Contribution): void {
    this.#found[this.#found.length - 1] = contribution;
  }
}
