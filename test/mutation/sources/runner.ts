/**
 * Runs the tests of a file against many mutants (together.ts): all of them once without a mutant, then with every mutant that is not
 * noticed yet, the quickest first. The set-up stays, and only tests that call the source are tried; but a contract is made in the
 * set-up, so that there it is made again for each mutant of its template.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunnerTestCase as Test, type RunnerTestFile as TestFile, TestRunner } from 'vitest';
import { isContract, ROOT } from './targets.ts';
import type { Together, Told } from './together.ts';

interface Timed {
  readonly name: string;
  readonly run: () => unknown;
  readonly milliseconds: number;
  readonly calls: boolean;
}

/** What is in the source's place: a module that its exported functions go to (vitest.config.ts), or a template's text (setup.ts). */
export interface Mutated {
  module?: unknown;
  text?: string | undefined;
  /** Of exported functions, whoever made them. */
  calls: number;
}

const mutated: Mutated = { calls: 0 };
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
    const [started, before] = [performance.now(), mutated.calls];
    await run();
    const milliseconds = performance.now() - started;
    this.#tests.push({ name: test.fullTestName, run, milliseconds, calls: mutated.calls > before });
    if (this.#tests.length < this.#count) return;
    const tests = this.#tests.toSorted((a, b) => a.milliseconds - b.milliseconds);
    if (isContract(this.#together)) await this.#weakenContract(tests, test.file);
    else for (const timed of tests) if (timed.calls) await this.#weaken(timed);
  }

  async #weaken(test: Timed): Promise<void> {
    const killed: number[] = [];
    for (const k of this.#left) {
      this.#tell({ begun: k, test: test.name });
      mutated.module = await import(/* @vite-ignore */ `${join(ROOT, this.#together.file)}?mutant=${k}`);
      if (await fails(test)) killed.push(k);
      mutated.module = undefined;
    }
    await this.#settle(killed, test);
  }

  async #weakenContract(tests: readonly Timed[], file: TestFile): Promise<void> {
    const setUp = async (): Promise<void> => {
      for (const hook of TestRunner.getSuiteHooks(file).beforeAll) await hook(file);
    };
    const killed = new Map<Timed, number[]>(tests.map((test) => [test, []]));
    for (const k of this.#left) {
      this.#tell({ begun: k, test: 'set-up' });
      mutated.text = this.#together.texts[k];
      try {
        await setUp();
      } catch (error) {
        this.#tell(
          /does not compile/.test(`${error}`)
            ? { broken: k, error: `${error}` }
            : { killed: k, test: `set-up: ${error}` },
        );
        continue;
      }
      for (const test of tests) {
        this.#tell({ begun: k, test: test.name });
        if (!(await fails(test))) continue;
        killed.get(test)!.push(k);
        break;
      }
    }
    mutated.text = undefined;
    await setUp();
    for (const [test, mutants] of killed) await this.#settle(mutants, test);
  }

  /** A test that fails without a mutant as well, once it has met some, says nothing of them. */
  async #settle(killed: readonly number[], test: Timed): Promise<void> {
    if (killed.length === 0) return;
    if (await fails(test)) return this.#tell({ unrepeatable: test.name });
    for (const k of killed) {
      this.#left.delete(k);
      this.#tell({ killed: k, test: test.name });
    }
  }

  #tell(told: Told): void {
    appendFileSync(this.#together.log, `${JSON.stringify(told)}\n`);
  }
}

/** A clock says nothing of a mutant, nor does a contract that a test has weakened further, and that is none then. */
async function fails({ run }: Timed): Promise<boolean> {
  try {
    await run();
    return false;
  } catch (error) {
    return !/timed out|does not compile/.test(`${error}`);
  }
}
