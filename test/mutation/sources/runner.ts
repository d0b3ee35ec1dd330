/**
 * Runs the tests of a file against many mutants (together.ts): all of them once without a mutant, then, the quickest first, each with
 * every mutant that is not noticed yet.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunnerTestCase as Test, type RunnerTestFile as TestFile, TestRunner } from 'vitest';
import { ROOT } from './targets.ts';
import type { Together, Told } from './together.ts';

interface Timed {
  readonly name: string;
  readonly run: () => unknown;
  readonly milliseconds: number;
}

/** The module in whose place the source's exported functions work; see vitest.config.ts. */
const replacement = globalThis as { mutant?: unknown };

export default class MutantRunner extends TestRunner {
  readonly #together: Together = JSON.parse(readFileSync(process.env.MUTANTS!, 'utf8'));
  readonly #left = new Set(this.#together.texts.keys());
  readonly #tests: Timed[] = [];
  #count = 0;

  onCollected(files: TestFile[]): void {
    const count = (tasks: TestFile['tasks']): number =>
      tasks.reduce((n, task) => n + (task.type === 'suite' ? count(task.tasks) : Number(task.mode === 'run')), 0);
    this.#count = files.reduce((n, file) => n + count(file.tasks), 0);
  }

  /** The mutants' turn is before the file is torn down: with its last test. */
  async runTask(test: Test): Promise<void> {
    const run = TestRunner.getTestFn(test) as () => unknown;
    const started = performance.now();
    await run();
    this.#tests.push({ name: test.fullTestName, run, milliseconds: performance.now() - started });
    if (this.#tests.length < this.#count) return;
    for (const timed of this.#tests.toSorted((a, b) => a.milliseconds - b.milliseconds)) await this.#weaken(timed);
  }

  async #weaken({ name, run }: Timed): Promise<void> {
    const killed: number[] = [];
    for (const k of this.#left) {
      this.#tell({ begun: k, test: name });
      try {
        replacement.mutant = await import(/* @vite-ignore */ `${join(ROOT, this.#together.file)}?mutant=${k}`);
        await run();
      } catch (error) {
        // a clock says nothing of the mutant
        if (!/timed out/.test(`${error}`)) killed.push(k);
      } finally {
        replacement.mutant = undefined;
      }
    }
    if (killed.length === 0) return;
    const repeatable = await Promise.resolve(run()).then(
      () => true,
      () => false,
    );
    if (!repeatable) return this.#tell({ unrepeatable: name });
    for (const k of killed) {
      this.#left.delete(k);
      this.#tell({ killed: k, test: name });
    }
  }

  #tell(told: Told): void {
    appendFileSync(this.#together.log, `${JSON.stringify(told)}\n`);
  }
}
