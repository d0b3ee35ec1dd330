/**
 * Verifies a final proof as a stranger would: proof.json, a verification key, and whatever data stand beside them. No
 * engine is started and no circuit is built, so it takes a second; the key fixes the circuit, and carries the step plan
 * in words, which says how data become digests.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMachine } from '../machine/spec.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { parseAnyJson } from '../store/json.ts';
import { readFileBounded } from '../store/read.ts';
import { readRun, readRunFile } from '../store/run-folder.ts';
import {
  type CompleteRun,
  FINAL_FILE,
  KEY_FILE,
  OUTPUT_FILE,
  PLAN_FILE,
  PROOF_FILE,
  PUBLIC_FILE,
} from '../store/run-record.ts';
import { isWithin } from '../store/within.ts';
import { knownSecret } from '../wrap/known-secrets.ts';
import { checkPublicJson, proofFromJson } from '../wrap/proof-json.ts';
import type { ProvenStatement } from '../wrap/verify.ts';
import { checkFileKind } from './file-kinds.ts';
import { type ClaimedProof, keyFromJson, keyToJson, MAX_JSON_BYTES, type WrapVerificationKey } from './final-json.ts';
import { type CheckedData, checkData, completeRun, needFile, type RunFiles, readListed } from './listed-data.ts';
import { dataSpecOfPlan, parseAnyPlan, stepSpecOf } from './model.ts';
import { checkRevealed, rejected, revealedClass } from './proven-data.ts';
import { checkClaims } from './run-claims.ts';
import { type DataSpec, isInterface, slotsOf } from './specs.ts';
import { hex } from './statement.ts';
import { type VerifyProofOptions, verifyProof } from './verify-proof.ts';

/** @throws E_FILE, E_FORMAT, E_TOO_LARGE, E_PLAN */
export async function readKey(path: string): Promise<WrapVerificationKey> {
  return keyOf(await readFileBounded(path, MAX_JSON_BYTES), path);
}

function keyOf(bytes: Uint8Array, path: string): WrapVerificationKey {
  const json = parseAnyJson(bytes, path);
  checkFileKind(json, path, 'key');
  return keyFromJson(json, path);
}

export interface ProofFiles extends ClaimedProof {
  /** run.json and what it lists, when a folder was named. */
  readonly record: CompleteRun | undefined;
  readonly files: RunFiles;
  /** Whether a public.json was there; it is the one that follows from statement and points, else it is refused. */
  readonly publicCompared: boolean;
}

export interface FinalFiles extends ProofFiles {
  readonly key: WrapVerificationKey;
  /** Whether the key is one that the verifier named, and not one out of the proof's own folder: that is its maker's. */
  readonly keyPinned: boolean;
}

/**
 * Whether a final proof lies there: a file, or a run folder with a proof.json that its run.json lists. A kill may have
 * come between the two, and then there is none.
 * @throws E_FORMAT, E_FILE for a run.json that cannot be read
 */
export async function hasFinal(path: string): Promise<boolean> {
  const kind = await stat(path).catch(() => undefined);
  if (!kind?.isDirectory()) return kind !== undefined;
  const listed = (await readRun(path))?.files.some((file) => file.path === FINAL_FILE) === true;
  return listed && (await stat(join(path, FINAL_FILE)).catch(() => undefined)) !== undefined;
}

/** A proof.json, or the one of a run folder with what belongs to it; no key. Nothing is verified yet. */
export async function readProof(path: string): Promise<ProofFiles> {
  const file = await proofPath(path);
  const record = file === path ? undefined : await completeRun(path);
  // the folded proof is not read: megabytes that this verification does not need
  const files: RunFiles = record ? await readListed(path, record, PROOF_FILE) : new Map();
  const bytes = record ? needFile(files, path, FINAL_FILE) : await readFileBounded(file, MAX_JSON_BYTES);
  const json = parseAnyJson(bytes, file);
  checkFileKind(json, file, 'proof');
  const { statement, proof } = proofFromJson(json, file);
  const publicFile = files.get(PUBLIC_FILE) ?? (await readRunFile(dirname(file), PUBLIC_FILE));
  if (publicFile) checkPublicJson(parseAnyJson(publicFile, PUBLIC_FILE), statement, proof);
  return { statement, proof, record, files, publicCompared: publicFile !== undefined };
}

const proofPath = async (path: string): Promise<string> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true ? join(path, FINAL_FILE) : path;

/**
 * The same with the key.
 * @param vk path of a trusted key; by default the one beside the proof
 */
export async function readFinal(path: string, vk: string | undefined): Promise<FinalFiles> {
  const files = await readProof(path);
  const file = await proofPath(path);
  const key = await readKey(vk ?? join(dirname(file), KEY_FILE));
  return { ...files, key, keyPinned: vk !== undefined && !(await isInFolderOf(file, vk)) };
}

/** Whether a key lies in the folder of the proof, or in the one to which a link to the proof leads. */
async function isInFolderOf(proof: string, vk: string): Promise<boolean> {
  const folders = [dirname(proof), dirname(await realpath(proof))];
  return (await Promise.all(folders.map((folder) => isWithin(folder, vk)))).includes(true);
}

/** Of `verifyFinalRun`. */
export interface VerifyFinalOptions extends VerifyProofOptions {
  /** Path of the verification key that the verifier trusts. One in the proof's own folder is used, and does not count as pinned. */
  readonly vk?: string | undefined;
}

/** What a final proof shows, and what was checked of the data beside it. */
export interface VerifiedFinal extends CheckedData, FinalFiles {
  readonly statement: ProvenStatement;
  /** The class that the proof reveals; undefined for a batch, and for a lone proof of the machine. */
  readonly class: number | undefined;
  /** Whether key and model are ones that the verifier trusts. */
  readonly pinned: { readonly key: boolean; readonly model: boolean };
  readonly insecure: boolean;
  /** How data become the digests; undefined for a lone proof of the machine. */
  readonly data: DataSpec | undefined;
}

/**
 * @throws E_REJECTED naming the first check that fails; E_KEY for a key that cannot be used; E_FILE, E_FORMAT, E_PLAN,
 *   E_TOO_LARGE for what cannot be read
 */
export async function verifyFinalRun(path: string, options: VerifyFinalOptions = {}): Promise<VerifiedFinal> {
  const { on } = options;
  const passed = (name: string): void => on?.({ type: 'check', name });
  const final = await readFinal(path, options.vk);
  const { record } = final;
  passed('files');
  if (final.publicCompared) passed('public-inputs');
  const verified = verifyProof(final, final.key, options);
  const data = record
    ? checkListedData(path, final, record, passed)
    : { output: undefined, inputChecked: false, data: isMachine(final.key.step) ? undefined : final.key.step };
  const { revealed, root } = verified.statement;
  return {
    ...final,
    ...data,
    statement: verified.statement,
    class: data.data && root === 0n ? revealedClass(data.data, revealed) : undefined,
    pinned: { key: final.keyPinned, model: verified.modelPinned },
    insecure: verified.insecure,
  };
}

function checkListedData(
  path: string,
  { files, key, statement: proven }: FinalFiles,
  record: CompleteRun,
  passed: (name: string) => void,
): CheckedData & { readonly data: DataSpec } {
  const { modelDigest, inputDigest, outputDigest, root } = proven;
  const { step, vk } = key;
  const steps = Number(proven.steps);
  const said = record.statement;
  const facts = {
    modelDigest: [said.modelDigest, hex(modelDigest)],
    inputDigest: [said.inputDigest, hex(inputDigest)],
    outputDigest: [said.outputDigest, hex(outputDigest)],
    steps: [`${said.steps}`, `${steps}`],
    root: [said.root, root === 0n ? undefined : hex(root)],
  };
  for (const [name, [told, own]] of Object.entries(facts))
    if (told !== own) throw rejected('statement', `${name} ${own}, as in the proof`, `run.json says ${told}`);
  const keyFile = files.get(KEY_FILE);
  if (keyFile && canonicalJson(keyToJson(keyOf(keyFile, KEY_FILE))) !== canonicalJson(keyToJson(key)))
    throw rejected('key', 'the verification key under which the proof holds', `another one in ${KEY_FILE}`);
  let data: DataSpec | undefined = isMachine(step) ? undefined : step;
  const planFile = files.get(PLAN_FILE);
  if (planFile) {
    const plan = parseAnyPlan(parseAnyJson(planFile, PLAN_FILE));
    if (canonicalJson(stepSpecOf(plan)) !== canonicalJson(step))
      throw rejected('plan', 'the step plan of the verification key', 'another one in plan.json');
    data = dataSpecOfPlan(plan, modelDigest);
    passed('plan');
  }
  // the outputs of a batch stand in its members
  if (!record.private.includes('output') && root === 0n) needFile(files, path, OUTPUT_FILE);
  // without the plan nobody knows how a program's data become digests
  const spec =
    data ?? dataSpecOfPlan(parseAnyPlan(parseAnyJson(needFile(files, path, PLAN_FILE), PLAN_FILE)), modelDigest);
  const checked = checkData(files, record, spec, { input: inputDigest, output: outputDigest }, passed);
  const shown = revealedClass(spec, proven.revealed);
  if (checked.output) checkRevealed(checked.output, shown);
  const insecure = knownSecret(vk.tau)?.development === true;
  const revealed = isInterface(spec) && root === 0n ? shown : undefined;
  checkClaims(record, { steps, slots: slotsOf(step), insecure, class: checked.output?.class, revealed });
  passed('statement');
  return { ...checked, data: spec };
}
