/** What a batch in one proof writes beside the files of a run: lists of its items, a member of each, and what is private. */
import { dirname } from 'node:path';
import { itemOf } from '../api/items.ts';
import type { ProvenProgram } from '../api/machine-plan.ts';
import { memberOf } from '../api/member.ts';
import { dataSpecOf, type ProvableModel } from '../api/model.ts';
import type { PlannedModel } from '../api/plan.ts';
import type { ProvedBatch } from '../api/prove.ts';
import { shownInput, shownOutput } from '../api/shown-data.ts';
import type { ItemEvent } from '../events.ts';
import { makeFolder } from '../store/atomic.ts';
import { type BatchItem, writeBatch } from '../store/batch-folder.ts';
import { jsonBytes } from '../store/json.ts';
import { memberPath, writeMember } from '../store/member-file.ts';
import { encodePrivateItems } from '../store/private-items.ts';
import type { RunFile } from '../store/run-folder.ts';
import { PLAN_FILE, PRIVATE_ITEMS_FILE, PROOF_FILE, type PrivatePart } from '../store/run-record.ts';
import { shownPlan } from './run-files.ts';
import type { JobItem } from './session.ts';

/** results.csv and manifest.jsonl of a batch in one proof: what is proven is proven of all its items at once. */
export class BatchLists {
  readonly #folder: string;
  readonly #items: readonly BatchItem[];

  /** @param items all of them; those to be proven have an index, and the seconds of earlier sittings where the lists had any */
  constructor(folder: string, items: readonly BatchItem[]) {
    this.#folder = folder;
    this.#items = items;
  }

  /** Of the inputs that could not be run. */
  get badLines(): string[] {
    const bad = this.#items.filter(({ index }) => index === undefined);
    return bad.map(({ id, error, message }) => `FAILED ${id}: ${error} ${message}`);
  }

  /** What the items to be proven took in earlier sittings, by their index. */
  get earlier(): (number | undefined)[] {
    return this.#items.filter(({ index }) => index !== undefined).map(({ seconds }) => seconds);
  }

  /** @param seconds that the fold of each item took, where they are known. @throws E_DISK */
  async write(status: 'waiting' | 'proven', seconds: readonly (number | undefined)[]): Promise<void> {
    const items = this.#items.map(({ seconds: _, ...item }): BatchItem => {
      if (item.index === undefined) return item;
      const took = seconds[item.index];
      return { ...item, status, ...(took === undefined ? {} : { seconds: Number(took.toFixed(3)) }) };
    });
    await writeBatch(this.#folder, items);
  }
}

/** Seconds that each item's fold took, from the events of the steps; those of earlier sittings are added. */
export class ItemClock {
  /** Of every item that was begun; of the one under way what it took so far. Undefined where a sitting's share is not known. */
  readonly seconds: (number | undefined)[];
  readonly on: (event: ItemEvent) => void;
  /** Of this sitting, when the item under way began. */
  #before = 0;
  /** Of the items that were begun before this sitting. */
  #known: readonly (number | undefined)[];
  #from: number;

  /**
   * @param steps of one network
   * @param from the step after which this sitting goes on
   * @param earlier seconds of earlier sittings by item
   */
  constructor(
    steps: number,
    on: (event: ItemEvent) => void,
    from: number,
    earlier: readonly (number | undefined)[] = [],
  ) {
    const begun = Math.ceil(from / steps);
    this.seconds = Array.from({ length: begun }, (_, k) => earlier[k]);
    this.#known = [...this.seconds];
    this.#from = from;
    this.on = (event) => {
      on(event);
      if (event.type !== 'step') return;
      // another machine goes on, with a clock of its own
      if (event.from !== this.#from) {
        this.#from = event.from;
        this.#before = 0;
        this.#known = [...this.seconds];
      }
      const item = Math.ceil(event.step / steps) - 1;
      const known = item < this.#known.length ? this.#known[item] : 0;
      this.seconds[item] = known === undefined ? undefined : known + event.seconds - this.#before;
      if (event.step % steps === 0) this.#before = event.seconds;
    };
  }
}

/** `members/ID.json` of every item. @throws E_DISK */
export async function writeMembers(
  folder: string,
  proved: ProvedBatch,
  planned: PlannedModel,
  items: readonly JobItem[],
): Promise<void> {
  const place = dirname(memberPath(folder, ''));
  await makeFolder(place);
  for (const [k, { id, input, output, salts }] of items.entries()) {
    const member = memberOf(proved, k, itemOf(planned, input, output, salts), planned.model);
    await writeMember(memberPath(folder, id), member);
  }
}

/** The listed files without the final proof; the data that are public stand in the members. */
export function batchFiles({
  model,
  program,
  items,
  hidden,
  proof,
  own,
}: {
  readonly model: ProvableModel;
  readonly program: ProvenProgram | undefined;
  readonly items: readonly JobItem[];
  readonly hidden: readonly PrivatePart[];
  readonly proof: Uint8Array;
  /** As of a single run's files. */
  readonly own: boolean;
}): RunFile[] {
  const secret = items.map(({ id, input, output, salts }) => ({
    ...{ id, salts },
    ...(salts.input !== 0n && { input: shownInput(input) }),
    ...(salts.output !== 0n && { output: shownOutput(dataSpecOf(model), output) }),
  }));
  const anything = hidden.includes('input') || hidden.includes('output');
  return [
    { path: PLAN_FILE, bytes: jsonBytes(shownPlan(model.plan, hidden, program)), share: 'yes' },
    { path: PROOF_FILE, bytes: proof, share: own || hidden.length > 0 ? 'no' : 'yes' },
    ...(anything ? [{ path: PRIVATE_ITEMS_FILE, bytes: encodePrivateItems(secret), share: 'no' } as const] : []),
  ];
}
