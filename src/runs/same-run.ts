/** Is what lies in a folder, finished or not, the run that is asked for: of the same model, plan, key, privacy, and inputs in order? */
import { itemOf, treeOf } from '../api/items.ts';
import { dataSpecOf } from '../api/model.ts';
import type { PlannedModel } from '../api/plan.ts';
import type { RunSalts } from '../api/salts.ts';
import { hex, inputDigest } from '../api/statement.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { readPrivateItems } from '../store/private-items.ts';
import type { ResumeRecord } from '../store/resume-file.ts';
import type { CompleteRun, PrivatePart } from '../store/run-record.ts';
import { knownSalts } from './privacy.ts';
import { hidTheSame, isInput, type JobItem } from './session.ts';

export interface AskedRun {
  readonly planned: PlannedModel;
  readonly hidden: readonly PrivatePart[];
  /** In the order of proving; one of a single run. */
  readonly items: readonly Pick<JobItem, 'id' | 'input' | 'output'>[];
  /** Whether all of them go into one proof with a root. */
  readonly batch: boolean;
  readonly modelSalt: bigint;
  /** The model's digest under its salt; asked for last, because it may take a while. */
  modelDigest(): Promise<bigint>;
}

/** The salts of each item of a finished run that is the asked one; undefined for another run, or where private/ is not at hand. */
export async function saltsOfSame(
  asked: AskedRun,
  folder: string,
  record: CompleteRun,
): Promise<readonly RunSalts[] | undefined> {
  const { planned, hidden, items, batch, modelSalt } = asked;
  const { statement } = record;
  if (record.private.join() !== hidden.join() || statement.parameters !== hex(planned.system.pp)) return undefined;
  const known = batch ? await itemSalts(folder, record, items.length) : await singleSalts(folder, record);
  if (known?.length !== items.length) return undefined;
  const salts = known.map(({ input, output }) => ({ model: modelSalt, input, output }));
  const sameInputs = batch
    ? statement.root ===
      hex(
        treeOf(
          planned,
          items.map((item, k) => itemOf(planned, item.input, item.output, salts[k]!)),
        ).root,
      )
    : statement.inputDigest === hex(inputDigest(dataSpecOf(planned.model), items[0]!.input, salts[0]!.input));
  return sameInputs && statement.modelDigest === hex(await asked.modelDigest()) ? salts : undefined;
}

/** Whether an unfinished run can be gone on with; its checkpoints are checked against model and inputs later. */
export function canGoOn({ planned, hidden, items, batch }: AskedRun, record: ResumeRecord): boolean {
  return (
    record.batch === batch &&
    hidTheSame(record, hidden) &&
    canonicalJson(record.plan) === canonicalJson(planned.model.plan) &&
    record.items.length === items.length &&
    // items of a batch are known by their names too; a single run has none
    items.every(({ id, input }, k) => (!batch || id === record.items[k]!.id) && isInput(record.items[k]!, input))
  );
}

type ItemSalts = Pick<RunSalts, 'input' | 'output'>;

async function singleSalts(folder: string, record: CompleteRun): Promise<readonly ItemSalts[] | undefined> {
  const known = await knownSalts(folder, record);
  return known && [known];
}

async function itemSalts(
  folder: string,
  { private: hidden }: CompleteRun,
  count: number,
): Promise<readonly ItemSalts[] | undefined> {
  if (!hidden.includes('input') && !hidden.includes('output'))
    return Array.from({ length: count }, () => ({ input: 0n, output: 0n }));
  return (await readPrivateItems(folder))?.map(({ salts }) => salts);
}
