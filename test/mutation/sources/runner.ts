/**
 * Runs the tests of a file against many mutants (together.ts): all of them once without a mutant, then those that call the source, the
 * quickest first, each with every mutant that is not noticed yet.
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

/** What the source's exported functions go to (vitest.config.ts): the mutant that is in its place, and a count of all calls. */
const mutated: { module?: unknown; calls: number } = { calls: 0 };
Object.assign(globalThis, { mutated });

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
    const [started, calls] = [performance.now(), mutated.calls];
    await run();
    this.#count--;
    if (mutated.calls > calls)
      this.#tests.push({ name: test.fullTestName, run, milliseconds: performance.now() - started });
    if (this.#count > 0) return;
    for (const timed of this.#tests.toSorted((a, b) => a.milliseconds - b.milliseconds)) await this.#weaken(timed);
  }

  async #weaken({ name, run }: Timed): Promise<void> {
    const killed: number[] = [];
    for (const k of this.#left) {
      this.#tell({ begun: k, test: name });
      try {
        mutated.module = await import(/* @vite-ignore */ `${join(ROOT, this.#together.file)}?mutant=${k}`);
        await run();
      } catch (error) {
        // a clock says nothing of the mutant
        if (!/timed out/.test(`${error}`)) killed.push(k);
      } finally {
        mutated.module = undefined;
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
