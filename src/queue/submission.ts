/** A batch as it is submitted: what its jobs share, put into the content store once, and what it is called. */
import { commitModel } from '../api/commit.ts';
import { TRANSPARENT } from '../api/keys.ts';
import type { LoadedModel } from '../api/load.ts';
import type { Circuit } from '../api/load-network.ts';
import { isTensorModel } from '../api/machine-model.ts';
import { machinePlanToJson } from '../api/machine-plan.ts';
import { isMachinePlan } from '../api/model.ts';
import type { PlannedModel } from '../api/plan.ts';
import { hex } from '../api/statement.ts';
import { invariant } from '../errors.ts';
import { readExternalFiles } from '../ir/onnx/load-network.ts';
import type { CommandContext } from '../runs/context.ts';
import { sha256Json } from '../store/digest.ts';
import { readFileBounded } from '../store/read.ts';
import type { PrivatePart } from '../store/run-record.ts';
import type { ContentStore } from './content-store.ts';
import { MODEL_PURPOSE, SPEC, type Spec } from './payloads.ts';
import type { Seal } from './secrets.ts';

const MAX_MODEL_BYTES = 2 ** 30;
/** Between two checkpoints: what is lost at most when a worker dies. */
const CHECKPOINT_SECONDS = 30;

export interface Submission {
  /** What groups its jobs, the same for everyone who submits it. */
  readonly batch: string;
  /** Its specification in the store. */
  readonly spec: string;
  readonly modelDigest: string;
}

export interface Submitted {
  readonly loaded: LoadedModel;
  readonly planned: PlannedModel;
  readonly hidden: readonly PrivatePart[];
  readonly modelSalt: bigint;
  readonly workers: number;
}

/** Prepares the model and puts what workers need of it into the store. @throws E_DISK, E_FILE */
export async function submitModel(
  { options, signal, report }: Pick<CommandContext, 'options' | 'signal' | 'report'>,
  { loaded, planned, hidden, modelSalt, workers }: Submitted,
  store: ContentStore,
  seal: Seal,
): Promise<Submission> {
  const { digest } = await commitModel(planned, { workers, signal, on: report.on, salt: modelSalt });
  const { model, key } = planned;
  const modelDigest = hex(digest);
  const parameters = hex(planned.system.pp);
  const spec = SPEC.encode(seal, {
    model: await modelOf(options, loaded, store, seal),
    plan: isMachinePlan(model.plan) ? machinePlanToJson(model.plan) : model.plan,
    key: key.name === TRANSPARENT ? 'transparent' : key.insecure ? 'development' : 'ceremony',
    private: [...hidden],
    modelSalt,
    checkpointEvery: options.checkpointEvery ?? { seconds: CHECKPOINT_SECONDS },
  });
  const batch = sha256Json({ parameters, modelDigest, hidden: [...hidden], key: seal.keyId ?? null }).slice(0, 16);
  return { batch, modelDigest, spec: await store.put(spec) };
}

async function modelOf(
  { network, layers, seed, dim }: CommandContext['options'],
  loaded: LoadedModel,
  store: ContentStore,
  seal: Seal,
): Promise<Spec['model']> {
  const circuit: Circuit = isTensorModel(loaded) ? 'machine' : 'slots';
  if (network !== undefined)
    return { network, circuit, ...(layers && { layers }), ...(seed !== undefined && { seed }) };
  const { path, name } = loaded;
  invariant(path !== undefined, 'a network that is not bundled has a file');
  const put = (bytes: Uint8Array): Promise<string> => store.put(seal.seal(MODEL_PURPOSE, bytes));
  const bytes = await readFileBounded(path, MAX_MODEL_BYTES);
  const about = { onnx: await put(bytes), name, circuit };
  if (circuit === 'slots') return { ...about, ...(layers && { layers }) };
  const external: { location: string; content: string }[] = [];
  for (const [location, file] of await readExternalFiles(path, bytes))
    external.push({ location, content: await put(file) });
  return { ...about, ...(external.length > 0 && { external }), ...(dim && { dims: dim.map(([...size]) => size) }) };
}
