/** The last part of a run: proving key, final proof, its verification, and its three files in the folder. */
import { stat } from 'node:fs/promises';
import type { Budget } from '../api/budget.ts';
import { keyToJson } from '../api/final-json.ts';
import { verifyOwnFinal } from '../api/own-proof.ts';
import { sentenceOf } from '../api/sentence.ts';
import { slotsOf } from '../api/specs.ts';
import { prepareFinal, proveFinal, type WrapData, type Wrapped } from '../api/wrap.ts';
import { openCircuit, type WrapTarget } from '../api/wrap-circuit.ts';
import { loadWrapKey, setupDevelopmentWrap, type WrapKey, wrapKeyPath } from '../api/wrap-key.ts';
import { wrapNeeds } from '../api/wrap-needs.ts';
import { command } from '../command.ts';
import { FoldError } from '../errors.ts';
import { stage } from '../events.ts';
import { isMachine, type StepSpec } from '../machine/spec.ts';
import { bytes } from '../show/format.ts';
import type { Reporter } from '../show/reporter.ts';
import { cacheFolder, OTHER_CACHE } from '../store/cache.ts';
import { jsonBytes } from '../store/json.ts';
import { addFiles, type RunFile } from '../store/run-folder.ts';
import { type CompleteRun, FINAL_FILE, KEY_FILE, PUBLIC_FILE } from '../store/run-record.ts';
import { together } from '../turns.ts';
import { encodeCalldata } from '../wrap/contract/calldata.ts';
import { estimateGas } from '../wrap/contract/gas.ts';
import type { FinalStatement } from '../wrap/final-proof.ts';
import { checkKeyDigest, isWhole } from '../wrap/groth16/key-digest.ts';
import type { Groth16Prover } from '../wrap/groth16/prove.ts';
import { readZkey } from '../wrap/groth16/zkey.ts';
import type { PreparedWrap } from '../wrap/last-fold.ts';
import { proofToJson, publicToJson } from '../wrap/proof-json.ts';
import type { R1cs } from '../wrap/r1cs/r1cs.ts';
import type { CommandContext } from './context.ts';
import { checkDisk, checkMemory, type MemoryLimit } from './limits.ts';

/** Where the proving key is to come from. */
export interface WrapKeyPlan {
  readonly path: string;
  /** Whether the file is there. */
  readonly cached: boolean;
  /** Whether it is a development key, which is made when it is not there. */
  readonly development: boolean;
}

type Keyed = Pick<WrapTarget, 'system' | 'key'>;

/**
 * Finds the proving key without building anything.
 * @throws E_NO_KEY where a ceremony's key is needed and none is there
 */
export async function planWrapKey({ options }: Pick<CommandContext, 'options'>, target: Keyed): Promise<WrapKeyPlan> {
  const path = options.key ?? wrapKeyPath(target);
  const development = target.key.insecure && options.key === undefined;
  const there = (await stat(path).catch(() => undefined))?.isFile() === true;
  // a development key is made again, where there is no digest as well
  if (development) return { path, development, cached: there && (await isWhole(path)) === true };
  if (there) await checkKeyDigest(path);
  // says what is wrong with a key that somebody named before any work
  if (options.key !== undefined) await readZkey(path);
  if (there) return { path, development, cached: true };
  throw new FoldError('E_NO_KEY', 'The final proof needs a proving key.', {
    expected: `a key made with ${target.key.name}`,
    got: `none at ${path}`,
    hint: `${command`fold setup MODEL --ptau FILE`}   or, for trials, --insecure-dev   or, without a final proof, --no-wrap`,
  });
}

/** What the final proof will take, in words; refuses it where the machine has less. @throws E_MEMORY, E_DISK */
export async function wrapBudget(
  { wrapConstraints }: Budget,
  key: WrapKeyPlan,
  limit: MemoryLimit,
  workers: number,
  prover: Groth16Prover | undefined,
): Promise<{ readonly memory: number; readonly key: number; readonly cached: boolean; readonly lines: string[] }> {
  const needs = wrapNeeds(wrapConstraints, workers, prover);
  const memory = key.cached ? needs.memory : Math.max(needs.memory, needs.setupMemory);
  checkMemory(memory, limit, workers, '--no-wrap stops at the folded proof, which needs less');
  if (!key.cached) await checkDisk(cacheFolder(), needs.key, `--no-wrap   or   ${OTHER_CACHE}`);
  return {
    memory,
    key: needs.key,
    cached: key.cached,
    lines: [
      key.cached
        ? `  proving key ${key.path}`
        : `  proving key to be made, once for this plan: about ${bytes(needs.key)} and some minutes, ${key.path}`,
      `  final proof: about a minute, peak memory about ${bytes(memory)}`,
    ],
  };
}

/** A key with the circuit that it belongs to. */
export interface ReadyWrap {
  readonly r1cs: R1cs;
  readonly key: WrapKey;
}

/** Builds the circuit and opens its key; a missing development key is made. @throws E_KEY, E_FILE, E_DISK, E_MEMORY */
export async function openWrap(
  { report, signal, provers }: Pick<CommandContext, 'report' | 'signal' | 'provers'>,
  target: WrapTarget,
  plan: WrapKeyPlan,
  workers: number,
): Promise<ReadyWrap> {
  if (provers) return provers.openWrap({ report, signal }, target, plan, workers);
  const r1cs = await openCircuit(target, { anew: !plan.cached, signal, on: report.on });
  return { r1cs, key: await openKey({ report, signal }, target, plan, r1cs, workers) };
}

async function openKey(
  { report, signal }: Pick<CommandContext, 'report' | 'signal'>,
  target: WrapTarget,
  { path, development }: WrapKeyPlan,
  r1cs: R1cs,
  workers: number,
): Promise<WrapKey> {
  const options = { workers, signal, on: report.on, making: tellMaking(report, path) };
  return development ? setupDevelopmentWrap(target, r1cs, options) : loadWrapKey(target, r1cs, path);
}

/** Why a development key is made, which takes minutes. */
export function tellMaking(report: Reporter, path: string) {
  return (why: 'absent' | 'damaged' | 'another'): void => {
    if (why === 'damaged')
      report.caution('key', { path, why }, `warning: the proving key ${path} is damaged: it is made again`);
    if (why === 'another')
      report.note([`The proving key ${path} is of another version of layerfold: it is made again.`]);
    report.note(['Making a development proving key: INSECURE, its secrets are public and anyone can forge under it.']);
  };
}

export interface WrapJob extends WrapData {
  readonly target: WrapTarget;
  readonly folder: string;
  readonly workers: number;
}

export interface WrappedRun {
  readonly statement: FinalStatement;
  /** The run's statement in words, with the class if the proof reveals it. */
  readonly sentence: string;
  readonly insecure: boolean;
  readonly key: string;
  readonly proofBytes: number;
  readonly calldataBytes: number;
  /** Estimated from a measurement of the contract. */
  readonly gas: number;
  readonly files: readonly RunFile[];
}

type WrapContext = Pick<CommandContext, 'options' | 'report' | 'signal' | 'provers'>;

/**
 * The final proof with its key. Circuit and preparation need nothing of each other and go on side by side, and a key that is there is opened
 * meanwhile; one that is not is made after both, which takes all threads.
 */
async function makeFinal(
  context: WrapContext,
  opened: ReadyWrap | WrapKeyPlan,
  job: WrapJob,
): Promise<Wrapped & { readonly key: WrapKey }> {
  const { options, report, signal, provers } = context;
  const { target, workers } = job;
  const how = { workers, groth16: options.groth16, signal, on: report.on };
  if (provers) {
    const ready = 'r1cs' in opened ? opened : await openWrap(context, target, opened, workers);
    return { ...(await provers.wrap(job, ready, how)), key: ready.key };
  }
  const opening = async (stop: AbortSignal): Promise<{ readonly r1cs: R1cs; readonly key?: WrapKey }> => {
    if ('r1cs' in opened) return opened;
    const r1cs = await openCircuit(target, { ...how, anew: !opened.cached, signal: stop });
    return {
      r1cs,
      ...(opened.cached && { key: await openKey({ report, signal: stop }, target, opened, r1cs, workers) }),
    };
  };
  const [{ r1cs, key: there }, prepared] = await together<[Awaited<ReturnType<typeof opening>>, PreparedWrap]>(
    signal,
    opening,
    (stop) => prepareFinal(target, job, { ...how, signal: stop }),
  );
  const key = there ?? ('r1cs' in opened ? opened.key : await openKey(context, target, opened, r1cs, workers));
  return { ...(await proveFinal(target, r1cs, key, prepared, how)), key };
}

/**
 * Makes the final proof of a folded run that is verified and written, verifies it, and adds it to the folder.
 * @param opened circuit and key where they are open already, or where the key is
 */
export async function wrapRun(
  context: WrapContext,
  opened: ReadyWrap | WrapKeyPlan,
  job: WrapJob,
  record: CompleteRun,
): Promise<WrappedRun> {
  const { report } = context;
  const { target, folder } = job;
  const { statement, proof, key } = await makeFinal(context, opened, job);
  const vk = key.verification;
  await stage(report.on, 'final-verify', () =>
    verifyOwnFinal(key, statement, proof, (name) => report.on({ type: 'check', name })),
  );
  const files: RunFile[] = [
    { path: FINAL_FILE, bytes: jsonBytes(proofToJson(statement, proof)), share: 'yes' },
    { path: PUBLIC_FILE, bytes: jsonBytes(publicToJson(statement, proof)), share: 'yes' },
    { path: KEY_FILE, bytes: jsonBytes(keyToJson({ vk, step: target.step })), share: 'yes' },
  ];
  await stage(report.on, 'write', () => addFiles(folder, record, files));
  return {
    statement,
    sentence: sentenceOfFinal(statement, record, target.step),
    insecure: key.insecure,
    key: key.path,
    proofBytes: files[0]!.bytes.length,
    calldataBytes: encodeCalldata(statement, proof).length,
    gas: estimateGas(statement, proof),
    files,
  };
}

/** With the class that the proof reveals, even of a private output. */
function sentenceOfFinal({ revealed, steps }: FinalStatement, record: CompleteRun, step: StepSpec): string {
  if (revealed === 0n || isMachine(step)) return record.statement.sentence;
  return sentenceOf({ steps: Number(steps), slots: slotsOf(step), batch: false, class: Number(revealed) - 1 });
}
