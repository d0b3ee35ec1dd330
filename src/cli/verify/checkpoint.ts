/** `fold verify FILE.cbor`: a checkpoint, what a run under way has proven so far, or a compressed proof. */

import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { verifyCompressedProof } from '../../api/compress.ts';
import { developmentKeySource, transparentKeySource } from '../../api/keys.ts';
import { type AnyPlan, parseAnyPlan, stepSpecOf } from '../../api/model.ts';
import { buildPlan, type PlannedModel } from '../../api/plan.ts';
import { slotsOf } from '../../api/specs.ts';
import { verify } from '../../api/verify.ts';
import { checkAsked, checkRoom } from '../../api/verify-asked.ts';
import { command } from '../../command.ts';
import type { CompressedProof } from '../../compressed/proof.ts';
import { FoldError } from '../../errors.ts';
import type { ChainClaim, FoldedProof } from '../../folding/proof.ts';
import type { KeySource } from '../../folding/step-system.ts';
import { chainFacts, chainLines } from '../../report/chain-words.ts';
import type { CommandContext } from '../../runs/context.ts';
import { givenKey, keyName, openPlan } from '../../runs/resolve.ts';
import { compressedLines, honestLines } from '../../show/words.ts';
import { COMPRESSED_FORMAT, decodeCompressed, MAX_COMPRESSED_BYTES } from '../../store/compressed-file.ts';
import { formatOf } from '../../store/files.ts';
import { parseAnyJson } from '../../store/json.ts';
import { decodeProof, MAX_PROOF_BYTES } from '../../store/proof-file.ts';
import { readFileBounded } from '../../store/read.ts';
import { readResume } from '../../store/resume-file.ts';
import { readRunFile } from '../../store/run-folder.ts';
import { PLAN_FILE } from '../../store/run-record.ts';
import type { ModelPin } from './final.ts';
import { checkListener } from './words.ts';

/** A proof of the chain as a file of either format. @throws E_FORMAT, E_FILE, E_TOO_LARGE */
export async function readProofFile(
  path: string,
): Promise<{ readonly folded?: FoldedProof; readonly compressed?: CompressedProof }> {
  const bytes = await readFileBounded(path, MAX_PROOF_BYTES);
  if (bytes.length <= MAX_COMPRESSED_BYTES && formatOf(bytes) === COMPRESSED_FORMAT)
    return { compressed: decodeCompressed(bytes) };
  return { folded: decodeProof(bytes) };
}

export async function isCheckpointFile(path: string): Promise<boolean> {
  return path.endsWith('.cbor') && (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** @throws E_REJECTED, E_FORMAT, E_FILE, E_PLAN, E_KEY */
export async function verifyCheckpoint(
  { options, argument, report }: CommandContext,
  pin: ModelPin | undefined,
): Promise<number> {
  const { folded, compressed } = await readProofFile(argument!);
  const proof: ChainClaim = folded ?? compressed!;
  const plan = (await openPlan(options)) ?? (await planOf(argument!));
  checkAsked(proof, { modelDigest: typeof pin === 'bigint' ? pin : undefined, prefix: true });
  if (folded) checkRoom(folded, stepSpecOf(plan));
  const { key, parameters } = await parametersOf(proof, plan, options);
  const modelDigest = typeof pin === 'function' ? await pin(plan, parameters) : pin;
  const asked = { modelDigest, prefix: true, on: checkListener(report) };
  const verified = folded
    ? await verify(folded, parameters, asked)
    : await verifyCompressedProof(compressed!, { ...parameters, key }, asked);
  const { pinned, insecure, steps, stepsPerNetwork } = verified;
  if (options.strict && (!pinned || insecure))
    throw new FoldError('E_REJECTED', "The proof is true, but check 'strict' failed.", {
      expected: "a model pinned by --model-digest or --model, and the transparent key or a ceremony's",
      got: [pinned ? '' : 'NOT PINNED', insecure ? 'the INSECURE development key' : ''].filter(Boolean).join(' and '),
    });
  const facts = chainFacts(proof, parameters.system.step.state);
  const { complete, root, items, modelDigest: model, planDigest, inputDigest, activationDigest, vectors } = facts;
  const batch = root === undefined ? {} : { root, items };
  report.result(
    'verify',
    {
      ...{ pinned, insecure, key: key.name, compressed: folded === undefined },
      ...{ steps, stepsPerNetwork, complete, ...batch },
      ...{ modelDigest: model, planDigest, inputDigest, activationDigest, ...(vectors !== null && { vectors }) },
    },
    [
      ...chainLines(facts, slotsOf(stepSpecOf(plan)), pinned, keyName(key)),
      ...(pinned ? [] : ['NOT PINNED: the model digest was compared with nothing; --model-digest or --model pins it.']),
      ...(folded ? honestLines(key) : compressedLines(key)),
    ],
  );
  return 0;
}

type Parameters = Pick<PlannedModel, 'engine' | 'system'>;

/** Rebuilt under the key that is given, else under the one of those that everyone has which the proof was made with. */
export async function parametersOf(
  proof: ChainClaim,
  plan: AnyPlan,
  options: CommandContext['options'],
): Promise<{ readonly key: KeySource; readonly parameters: Parameters }> {
  const given = givenKey(options);
  const step = stepSpecOf(plan);
  if (!given) {
    const key = transparentKeySource();
    const parameters = await buildPlan(step, key);
    if (parameters.system.pp === proof.statement.wires.pp) return { key, parameters };
  }
  const key = given ?? developmentKeySource();
  return { key, parameters: await buildPlan(step, key) };
}

/**
 * The plan in the run's folder, where the file is or of which it is in the folder of checkpoints. A wrong one cannot make a false proof
 * true: its parameters differ.
 */
export async function planOf(file: string): Promise<AnyPlan> {
  const own = dirname(resolve(file));
  for (const folder of [own, dirname(own)]) {
    const record = await readResume(folder);
    if (record) return parseAnyPlan(record.plan);
    const bytes = await readRunFile(folder, PLAN_FILE);
    if (bytes) return parseAnyPlan(parseAnyJson(bytes, PLAN_FILE));
  }
  throw new FoldError('E_FILE', 'There is no plan beside the proof.', {
    expected: join(own, PLAN_FILE),
    hint: command`fold verify ${file} --plan plan.json`,
  });
}
