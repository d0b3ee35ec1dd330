/**
 * What a worker does with a job. Nothing in it is believed: the digests of model, inputs and outputs are computed again from the
 * content, and a job that names others is refused. The same job done twice gives one result: what is there already is not made again,
 * and what was begun goes on from its last checkpoint, whoever began it.
 */
import { itemOf, type RunItem, treeOf } from '../api/items.ts';
import { forWrap } from '../api/keys.ts';
import { peakMemory } from '../api/machine.ts';
import { runModel, stepSpecOf } from '../api/model.ts';
import { type Proved, type ProvedBatch, prove, proveBatch } from '../api/prove.ts';
import { hex } from '../api/statement.ts';
import { verify } from '../api/verify.ts';
import { wrap } from '../api/wrap.ts';
import type { WrapOptions, WrapTarget } from '../api/wrap-circuit.ts';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { parseJoined } from '../ir/input.ts';
import type { ReadyWrap } from '../runs/wrap-job.ts';
import { jsonBytes } from '../store/json.ts';
import { decodeProof, encodeProof } from '../store/proof-file.ts';
import { proofToJson } from '../wrap/proof-json.ts';
import type { ContentStore } from './content-store.ts';
import {
  type Asked,
  encodeNote,
  type JobNote,
  type JobPayload,
  type JobResult,
  makeResult,
  parseNote,
} from './messages.ts';
import { CHECKPOINT_PURPOSE, type FoldItems, ITEMS, PROOF_PURPOSE, WRAP } from './payloads.ts';
import { checkClaim, checkModel, checkStatement, type Prepared } from './prepared.ts';
import type { Seal } from './secrets.ts';

export interface Work {
  readonly id: string;
  readonly payload: JobPayload;
  readonly store: ContentStore;
  readonly seal: Seal;
  /** Name of this worker. */
  readonly worker: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly on: EventListener;
}

/** The result of an earlier worker that could not tell it: the queue lost the job, or the worker its lock. */
export async function earlierResult({ id, store }: Work): Promise<JobResult | undefined> {
  const result = parseNote(await store.readNote(id))?.result;
  if (!result) return undefined;
  try {
    await store.get(result.content);
    return result;
  } catch (error) {
    if (error instanceof FoldError) return undefined;
    throw error;
  }
}

/**
 * Folds the items of a job.
 * @throws E_REJECTED for a job whose digests are not those of its content; E_ABORTED, with a checkpoint in the store; as `prove`
 */
export async function performFold(work: Work, prepared: Prepared): Promise<JobResult> {
  const { id, payload, store, seal, worker, threads: workers, signal, on } = work;
  const { planned } = prepared;
  checkModel(prepared, payload.statement);
  const content = ITEMS.decode(seal, await store.get(payload.content));
  const items = itemsOf(prepared, content);
  checkItems(payload.statement, prepared, content.batch, items);
  const notes = new Notes(store, id);
  const checkpoint = await checkpointOf(work, (await notes.read()).checkpoint);
  const options = {
    ...{ workers, signal, on },
    checkpoints: {
      every: prepared.spec.checkpointEvery,
      save: async (proof: FoldedProof) =>
        notes.keep(await store.put(seal.seal(CHECKPOINT_PURPOSE, encodeProof(proof)))),
    },
  };
  const fold = (resumeFrom: FoldedProof | undefined): Promise<Proved | ProvedBatch> => {
    const [{ input, salts }] = items as [RunItem];
    return content.batch
      ? proveBatch(planned, items, { ...options, resumeFrom })
      : prove(planned, input, { ...options, salts, resumeFrom });
  };
  const made = await fold(checkpoint).catch((error: unknown) => {
    // a checkpoint that is false, or of another job: from the first step again
    if (checkpoint && error instanceof FoldError && error.code === 'E_REJECTED') return fold(undefined);
    throw error;
  });
  const { pool, seconds } = made;
  const result = makeResult({
    worker,
    content: await store.put(seal.seal(PROOF_PURPOSE, encodeProof(made.proof))),
    ...{ threads: pool.workers, seconds: pool.seconds, busy: pool.busy },
    ...{ peakMemory: await peakMemory(), partSeconds: seconds },
  });
  await notes.finish(result);
  return result;
}

/**
 * Makes the final proof of a job's folded one, which is verified first: of a false one nothing can be made.
 * @throws E_REJECTED for a folded proof that is false, or another than the job names; E_NO_KEY, E_MEMORY, E_KEY
 */
export async function performWrap(work: Work, prepared: Prepared, open: OpenWrap): Promise<JobResult> {
  const { id, payload, store, seal, worker, threads: workers, signal, on } = work;
  const { planned } = prepared;
  checkModel(prepared, payload.statement);
  const { folded: digest, logits, salt, reveal, groth16 } = WRAP.decode(seal, await store.get(payload.content));
  const folded = decodeProof(seal.open(PROOF_PURPOSE, await store.get(digest)));
  checkStatement(folded, payload.statement);
  await verify(folded, planned, { modelDigest: BigInt(payload.statement.modelDigest), on });
  const target = { ...planned, key: forWrap(planned.key), step: stepSpecOf(planned.model.plan) };
  const { r1cs, key } = await open(target, groth16);
  const start = performance.now();
  const output = { logits: Float64Array.from(logits), salt };
  const { statement, proof } = await wrap(target, r1cs, key, folded, output, reveal, { workers, groth16, signal, on });
  const seconds = (performance.now() - start) / 1000;
  const file = jsonBytes(proofToJson(statement, proof));
  const result = makeResult({
    worker,
    content: await store.put(seal.seal(PROOF_PURPOSE, file)),
    ...{ threads: workers, seconds, busy: 0, peakMemory: await peakMemory(), partSeconds: {} },
  });
  await new Notes(store, id).finish(result);
  return result;
}

/** Opens the proving key of a worker, where the machine has room for it. */
export type OpenWrap = (target: WrapTarget, groth16: WrapOptions['groth16']) => Promise<ReadyWrap>;

function itemsOf({ loaded, planned, spec }: Prepared, { items }: FoldItems): RunItem[] {
  return items.map(({ input: json, salts }) => {
    const input = parseJoined(json, loaded.graph);
    return itemOf(planned, input, runModel(planned.model, input), { ...salts, model: spec.modelSalt });
  });
}

function checkItems(statement: Asked, { planned }: Prepared, batch: boolean, items: readonly RunItem[]): void {
  const { hIn, o } = items.at(-1)!.digests;
  checkClaim('number of steps', String(statement.steps), String(items.length * planned.model.steps));
  checkClaim('batch', statement.root, batch ? hex(treeOf(planned, items).root) : undefined);
  checkClaim('input, or other salts,', statement.inputDigest, hex(hIn));
  checkClaim('output', statement.outputDigest, hex(o));
}

/** The checkpoint that an earlier worker left; undefined where it cannot be read. Whether it is one of this job, `prove` checks. */
async function checkpointOf({ store, seal }: Work, sha256: string | undefined): Promise<FoldedProof | undefined> {
  if (sha256 === undefined) return undefined;
  try {
    return decodeProof(seal.open(CHECKPOINT_PURPOSE, await store.get(sha256)));
  } catch (error) {
    if (error instanceof FoldError) return undefined;
    throw error;
  }
}

/** What is known of a job in the store; the checkpoint before the newest goes. */
class Notes {
  readonly #store: ContentStore;
  readonly #id: string;
  #checkpoint: string | undefined;

  constructor(store: ContentStore, id: string) {
    this.#store = store;
    this.#id = id;
  }

  async read(): Promise<JobNote> {
    const note = parseNote(await this.#store.readNote(this.#id)) ?? {};
    this.#checkpoint = note.checkpoint;
    return note;
  }

  async keep(checkpoint: string): Promise<void> {
    await this.#write({ checkpoint });
  }

  async finish(result: JobResult): Promise<void> {
    await this.#write({ result });
  }

  async #write(note: JobNote): Promise<void> {
    await this.#store.writeNote(this.#id, encodeNote(note));
    const before = this.#checkpoint;
    this.#checkpoint = note.checkpoint;
    // the checkpoint after the last step may be the result itself
    const kept = [note.checkpoint, note.result?.content];
    if (before !== undefined && !kept.includes(before)) await this.#store.remove(before);
  }
}
