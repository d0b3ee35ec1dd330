/**
 * Proofs made by the workers of a queue, for whoever submitted them. A result is taken only when its proof was verified here and says
 * what was asked for: a worker can waste time, and slip in nothing. Whose result is false is named, and the job goes to others.
 */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { itemOf, type RunItem, treeOf } from '../api/items.ts';
import type { PlannedModel } from '../api/plan.ts';
import type { FoldOptions } from '../api/prove.ts';
import type { RunSalts } from '../api/salts.ts';
import { shownInput } from '../api/shown-data.ts';
import { hex, statementOf } from '../api/statement.ts';
import type { Wrapped } from '../api/wrap.ts';
import type { WrapOptions } from '../api/wrap-circuit.ts';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Tensor } from '../ir/graph.ts';
import { isMachine } from '../machine/spec.ts';
import type { FoldJob, Made, Provers, Unwrapped } from '../runs/provers.ts';
import { openWrap, type ReadyWrap } from '../runs/wrap-job.ts';
import type { Reporter } from '../show/reporter.ts';
import { sha256Json } from '../store/digest.ts';
import { encodeProof } from '../store/proof-file.ts';
import { verificationKeyToJson } from '../wrap/proof-json.ts';
import { checkFinal, checkFolded, finalStatementOf } from './accepted.ts';
import type { ContentStore } from './content-store.ts';
import {
  type Asked,
  encodeNote,
  type JobProgress,
  type JobResult,
  jobId,
  type Kind,
  makeJob,
  parseResult,
} from './messages.ts';
import { CHECKPOINT_PURPOSE, ITEMS, PROOF_PURPOSE, WRAP } from './payloads.ts';
import { type BatchKey, UNSEALED } from './secrets.ts';
import type { Submission, Submitted } from './submission.ts';
import type { Tracker } from './tracker.ts';

/** So many false results of one job are too many. */
const MOST_FALSE = 4;

export interface RemoteOptions {
  readonly tracker: Tracker;
  readonly store: ContentStore;
  readonly key: BatchKey | undefined;
  readonly submission: Submission;
  readonly submitted: Submitted;
  readonly report: Reporter;
}

interface Request<T> {
  readonly kind: Kind;
  readonly item: string;
  readonly statement: Asked;
  /** What else tells it from others of the same statement. */
  readonly how: unknown;
  /** Puts its content into the store. */
  readonly content: () => Promise<string>;
  readonly on: EventListener | undefined;
  /** Where to go on from, made here. */
  readonly resumeFrom?: FoldedProof | undefined;
  /** Checks a result. @throws FoldError for a false one */
  readonly check: (bytes: Uint8Array, result: JobResult) => Promise<T>;
}

export class RemoteProvers implements Provers {
  readonly #options: RemoteOptions;
  /** Warnings that are said once. */
  readonly #told = new Set<string>();
  #ready: Promise<ReadyWrap> | undefined;

  constructor(options: RemoteOptions) {
    this.#options = options;
  }

  salts(id: string, input: Tensor): RunSalts {
    const { key, submission, submitted } = this.#options;
    const { hidden, modelSalt } = submitted;
    // without a key nothing is private
    if (!key) return { model: modelSalt, input: 0n, output: 0n };
    const about = { id, model: submission.modelDigest, input: sha256Json(shownInput(input)) };
    return key.salts(hidden, modelSalt, about);
  }

  async fold({ planned, items, batch, folder }: FoldJob, { on, resumeFrom }: FoldOptions): Promise<Made> {
    const ready = items.map(({ input, output, salts }) => itemOf(planned, input, output, salts));
    const tree = batch ? treeOf(planned, ready) : undefined;
    const statement = this.#asked(planned, ready, tree && hex(tree.root));
    const seal = this.#seal;
    const { store } = this.#options;
    const content = async (): Promise<string> => {
      const shown = items.map(({ id, input, salts }) => ({
        ...{ id, input: shownInput(input) },
        salts: { input: salts.input, output: salts.output },
      }));
      return store.put(ITEMS.encode(seal, { batch: batch !== undefined, items: shown }));
    };
    const [first] = items;
    const { value, result } = await this.#prove({
      ...{ kind: 'fold', item: basename(folder).slice(0, 100), statement, how: { key: seal.keyId ?? null } },
      ...{ content, on, resumeFrom },
      check: (bytes) => checkFolded(bytes, planned, statement),
    });
    const { threads: workers, seconds, busy, peakMemory, partSeconds } = result;
    const each = Array.from({ length: workers }, () => busy / workers);
    const made = {
      ...value,
      seconds: partSeconds,
      ...{ pool: { workers, seconds, busy, each, alone: 0 }, peakMemory },
    };
    return tree ? { ...made, tree } : { ...made, output: first!.output };
  }

  /** Once for the batch: it takes seconds, and a development key that is absent minutes. */
  openWrap(...asked: Parameters<Provers['openWrap']>): Promise<ReadyWrap> {
    this.#ready ??= openWrap(...asked);
    return this.#ready;
  }

  async wrap(run: Unwrapped, { key }: ReadyWrap, { on, groth16 }: WrapOptions): Promise<Wrapped> {
    const { folded, output, reveal, target } = run;
    const { store } = this.#options;
    const seal = this.#seal;
    const statement = statementOf(folded);
    const content = async (): Promise<string> => {
      const digest = await store.put(seal.seal(PROOF_PURPOSE, encodeProof(folded)));
      const { salt } = output;
      // a program has no readout, and its output may be long
      const logits = isMachine(target.step) ? [] : [...output.logits];
      return store.put(WRAP.encode(seal, { folded: digest, logits, salt, reveal, ...(groth16 && { groth16 }) }));
    };
    const { value } = await this.#prove({
      ...{ kind: 'wrap', item: basename(run.folder).slice(0, 100), statement },
      // under another key the same statement has another proof
      how: { key: seal.keyId ?? null, reveal, verification: sha256Json(verificationKeyToJson(key.verification)) },
      ...{ content, on },
      check: async (bytes) => checkFinal(bytes, key.verification, finalStatementOf(run)),
    });
    return value;
  }

  get #seal() {
    return this.#options.key ?? UNSEALED;
  }

  #asked(planned: PlannedModel, items: readonly RunItem[], root: string | undefined): Asked {
    const { hIn, o } = items.at(-1)!.digests;
    return {
      parameters: hex(planned.system.pp),
      modelDigest: this.#options.submission.modelDigest,
      inputDigest: hex(hIn),
      outputDigest: hex(o),
      steps: items.length * planned.model.steps,
      ...(root === undefined ? {} : { root }),
    };
  }

  /** Submits a job, again with another name where its result was false, until there is a true one. */
  async #prove<T>(request: Request<T>): Promise<{ readonly value: T; readonly result: JobResult }> {
    const { tracker, store, submission, report } = this.#options;
    const { kind, statement, how, item, on, resumeFrom } = request;
    const seal = this.#seal;
    const avoid: string[] = [];
    let lost = 0;
    const content = await request.content();
    for (let attempt = 1; ; attempt++) {
      const id = jobId(kind, statement, how, attempt);
      if (resumeFrom && attempt === 1 && (await store.readNote(id)) === undefined)
        await store.writeNote(
          id,
          encodeNote({ checkpoint: await store.put(seal.seal(CHECKPOINT_PURPOSE, encodeProof(resumeFrom))) }),
        );
      const payload = makeJob({
        ...{ kind, item, statement, content, avoid },
        ...{ batch: submission.batch, spec: submission.spec },
        ...(seal.keyId === undefined ? {} : { keyId: seal.keyId }),
      });
      const { job, returned } = await tracker
        .finished(id, payload, (progress) => this.#tell(item, progress, on))
        .catch((error: unknown) => {
          throw this.#ended(error);
        });
      let worker = job.processedBy ?? 'a worker';
      try {
        const result = parseResult(returned);
        worker = result.worker;
        const bytes = seal.open(PROOF_PURPOSE, await store.get(result.content));
        return { value: await request.check(bytes, result), result };
      } catch (error) {
        if (!(error instanceof FoldError) || error.code === 'E_BUG' || error.code === 'E_DISK') throw error;
        if (error.code === 'E_FILE' && lost++ < MOST_FALSE) {
          // the store was emptied since: nobody's fault, and the same job again
          await job.remove();
          attempt--;
          continue;
        }
        report.caution(
          'false-result',
          { item, job: id, worker, code: error.code, message: error.message },
          `warning: the result of worker ${worker} for ${item} is false and not taken: ${error.message}`,
        );
        avoid.push(worker);
        if (attempt === MOST_FALSE) throw falseResults(avoid, error);
        await sleep(100);
      }
    }
  }

  /** That somebody else ended the batch is said once; this command ends as interrupted. */
  #ended(error: unknown): unknown {
    const { batch } = this.#options.submission;
    if (error instanceof FoldError && error.code === 'E_ABORTED' && error.got !== undefined && this.#isNew('cancelled'))
      this.#options.report.caution(
        'cancelled',
        { batch, message: error.message },
        `warning: ${error.message} (${error.got})`,
      );
    return error;
  }

  #isNew(told: string): boolean {
    const before = this.#told.size;
    return this.#told.add(told).size > before;
  }

  #tell(item: string, { worker, events, refused }: JobProgress, on: EventListener | undefined): void {
    for (const event of events) on?.(event);
    if (!refused) return;
    const { code, message } = refused;
    if (!this.#isNew(`${worker} ${code}`)) return;
    this.#options.report.caution(
      'refused',
      { item, worker, code, message },
      `warning: worker ${worker} gives jobs of this batch back: ${code} ${message}`,
    );
  }
}

function falseResults(workers: readonly string[], cause: FoldError): FoldError {
  return new FoldError('E_REJECTED', 'The workers gave false results only.', {
    expected: 'a proof that holds, of what was asked for',
    got: `${[...new Set(workers)].join(', ')}: ${cause.message}`,
    hint: 'Stop that worker, and run the same command again.',
    cause,
  });
}
