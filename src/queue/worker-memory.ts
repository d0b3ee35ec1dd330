/** What a worker has of its own, and what it keeps from job to job. */
import { budgetOf, memoryEstimate } from '../api/budget.ts';
import { hex } from '../api/statement.ts';
import type { WrapTarget } from '../api/wrap-circuit.ts';
import { checkMemory, memoryLimit } from '../runs/limits.ts';
import type { OptionValues } from '../runs/options.ts';
import { openWrap, planWrapKey, type ReadyWrap, wrapBudget } from '../runs/wrap-job.ts';
import type { Reporter } from '../show/reporter.ts';
import type { Groth16Prover } from '../wrap/groth16/prove.ts';
import type { JobQueue } from './connection.ts';
import type { ContentStore } from './content-store.ts';
import { type Prepared, prepare } from './prepared.ts';
import type { BatchKey, Seal } from './secrets.ts';

/** Models that are kept ready. */
const KEPT_MODELS = 2;

export interface WorkerSettings {
  readonly queue: JobQueue;
  readonly store: ContentStore;
  readonly key: BatchKey | undefined;
  /** Of the command: its keys and its memory. */
  readonly options: OptionValues;
  /** Jobs at a time. */
  readonly concurrency: number;
  /** Threads of each. */
  readonly threads: number;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** What a worker knows from job to job: models that were prepared, the newest few, and what it warned of. */
export class Memory {
  readonly #told = new Set<string>();
  #wrap: { readonly name: string; readonly ready: Promise<ReadyWrap> } | undefined;
  readonly #settings: WorkerSettings;
  readonly #known = new Map<string, Promise<Prepared>>();

  constructor(settings: WorkerSettings) {
    this.#settings = settings;
  }

  isNew(warning: string): boolean {
    const before = this.#told.size;
    return this.#told.add(warning).size > before;
  }

  /** The proving key of a plan, which is kept: it takes seconds to open. @throws E_MEMORY, E_NO_KEY, E_KEY */
  async openWrap(target: WrapTarget, groth16: Groth16Prover | undefined): Promise<ReadyWrap> {
    const { options, report, signal, env, threads } = this.#settings;
    const name = hex(target.system.pp);
    if (this.#wrap?.name === name) return this.#wrap.ready;
    const plan = await planWrapKey({ options }, target);
    const limit = memoryLimit(options.maxMemory, env);
    await wrapBudget(await budgetOf(target.system, target.step), plan, limit, threads, groth16);
    const ready = openWrap({ report, signal }, target, plan, threads);
    this.#wrap = { name, ready };
    ready.catch(() => {
      this.#wrap = undefined;
    });
    return ready;
  }

  /** Jobs of one batch share one. */
  model(spec: string, seal: Seal): Promise<Prepared> {
    const known = this.#known.get(spec);
    if (known) return known;
    const made = this.#prepare(spec, seal);
    this.#known.set(spec, made);
    made.catch(() => this.#known.delete(spec));
    const [oldest] = this.#known.keys();
    if (this.#known.size > KEPT_MODELS) this.#known.delete(oldest!);
    return made;
  }

  /** @throws E_MEMORY where the jobs of this worker would not fit, and as `prepare` */
  async #prepare(spec: string, seal: Seal): Promise<Prepared> {
    const { store, options, threads, concurrency, signal, env } = this.#settings;
    const prepared = await prepare(spec, { store, seal, ptau: options.ptau, workers: threads, signal });
    const { system, model } = prepared.planned;
    const need = concurrency * memoryEstimate(system, model, threads);
    checkMemory(need, memoryLimit(options.maxMemory, env), concurrency * threads);
    return prepared;
  }
}
