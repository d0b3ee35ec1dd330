/** The model of a batch as a worker has it: rebuilt from the store, and compared with the digests that the jobs name. */
import { commitModel } from '../api/commit.ts';
import { developmentKeySource, ptauKeySource, transparentKeySource } from '../api/keys.ts';
import { type LoadedModel, loadModel, type ModelSource } from '../api/load.ts';
import { parseAnyPlan } from '../api/model.ts';
import { modelUnder } from '../api/model-under.ts';
import { type PlannedModel, plan } from '../api/plan.ts';
import { hex, statementOf } from '../api/statement.ts';
import { FoldError } from '../errors.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { KeySource } from '../folding/step-system.ts';
import type { ContentStore } from './content-store.ts';
import type { Asked } from './messages.ts';
import { MODEL_PURPOSE, SPEC, type Spec } from './payloads.ts';
import type { Seal } from './secrets.ts';

/** A model, ready to be proven with. */
export interface Prepared {
  readonly spec: Spec;
  readonly loaded: LoadedModel;
  readonly planned: PlannedModel;
  readonly modelDigest: string;
}

/** What a worker has of its own. */
export interface PrepareOptions {
  readonly store: ContentStore;
  readonly seal: Seal;
  readonly ptau: string | undefined;
  readonly workers: number;
  readonly signal: AbortSignal;
}

/** @throws E_FILE, E_FORMAT, E_KEY for what the store does not give; E_NO_KEY; as loading and planning */
export async function prepare(specDigest: string, options: PrepareOptions): Promise<Prepared> {
  const { store, seal, workers, signal } = options;
  const spec = SPEC.decode(seal, await store.get(specDigest));
  const loaded = await loadModel(await sourceOf(spec, options));
  const planned = await plan(await modelUnder(loaded, parseAnyPlan(spec.plan)), keyOf(spec, options));
  const { digest } = await commitModel(planned, { workers, signal, salt: spec.modelSalt });
  return { spec, loaded, planned, modelDigest: hex(digest) };
}

async function sourceOf({ model }: Spec, { store, seal }: PrepareOptions): Promise<ModelSource> {
  if ('network' in model) return model;
  const get = async (content: string): Promise<Uint8Array> => seal.open(MODEL_PURPOSE, await store.get(content));
  const { onnx, name, circuit, layers, external = [], dims } = model;
  const files = new Map<string, Uint8Array>();
  for (const { location, content } of external) files.set(location, await get(content));
  return { onnx: await get(onnx), name, circuit, layers, external: files, dims: dims && new Map(dims) };
}

function keyOf({ key }: Spec, { ptau }: PrepareOptions): KeySource {
  if (key === 'transparent') return transparentKeySource();
  if (key === 'development') return developmentKeySource();
  if (ptau !== undefined) return ptauKeySource(ptau);
  throw new FoldError('E_NO_KEY', 'The batch is folded under the key of a ceremony, and this worker has none.', {
    expected: 'the powers of tau that the batch was submitted with',
    got: 'no --ptau',
    hint: '--ptau FILE',
  });
}

/** Whether the job names the model that the store has; a job that does not is refused. */
export function checkClaim(what: string, claimed: string | undefined, own: string | undefined): void {
  if (claimed === own) return;
  throw new FoldError('E_REJECTED', `The job is of another ${what} than its content.`, {
    expected: `${own ?? 'none'}, as computed from the content`,
    got: `${claimed ?? 'none'} in the job`,
  });
}

/** @throws E_REJECTED */
export function checkModel({ planned, modelDigest }: Prepared, statement: Asked): void {
  checkClaim('plan, commitment key or version', statement.parameters, hex(planned.system.pp));
  checkClaim('model', statement.modelDigest, modelDigest);
}

/** Whether a proof says what was asked for; it is verified apart. @throws E_REJECTED */
export function checkStatement(proof: FoldedProof, asked: Asked): void {
  const says = statementOf(proof);
  for (const name of ['parameters', 'modelDigest', 'root', 'inputDigest', 'outputDigest', 'steps'] as const)
    if (says[name] !== asked[name])
      throw new FoldError('E_REJECTED', `The proof is of another ${name}.`, {
        expected: `${asked[name]}`,
        got: `${says[name]}`,
      });
}
