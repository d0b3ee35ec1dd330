/** `fold verify FILE.cbor`: a checkpoint, what a run under way has proven so far, or a compressed proof. */

import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { verifyCompressedProof } from '../../api/compress.ts';
import { developmentKeySource, transparentKeySource } from '../../api/keys.ts';
import { type AnyPlan, isMachinePlan, parseAnyPlan, stepSpecOf } from '../../api/model.ts';
import { buildPlan, type PlannedModel } from '../../api/plan.ts';
import { hex } from '../../api/statement.ts';
import { verify } from '../../api/verify.ts';
import { checkAsked, checkRoom } from '../../api/verify-asked.ts';
import { command } from '../../command.ts';
import type { CompressedProof } from '../../compressed/proof.ts';
import { FoldError } from '../../errors.ts';
import { type ChainClaim, type FoldedProof, itemsBegun } from '../../folding/proof.ts';
import { elementOf } from '../../folding/state.ts';
import type { KeySource } from '../../folding/step-system.ts';
import type { CommandContext } from '../../runs/context.ts';
import { givenKey, keyName, openPlan } from '../../runs/resolve.ts';
import { count, counted } from '../../show/format.ts';
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
  const { wires, z } = proof.statement;
  const { state } = parameters.system.step;
  const input = hex(elementOf(state, z, 'hIn'));
  const activations = state.kind === 'machine' ? null : hex(elementOf(state, z, 'h'));
  const model = hex(wires.modelDigest);
  // the network under way: a checkpoint says that it is complete before the next one begins
  const items = itemsBegun(steps, wires.stepsPerNetwork);
  const own = steps - (items - 1) * stepsPerNetwork;
  const complete = own === stepsPerNetwork;
  // the last step may have fewer layers than slots, and has the readout
  const layers = complete
    ? 'all layers'
    : isMachinePlan(plan)
      ? `steps 1..${count(own)}`
      : `layers 1..${count(own * plan.step.slots)}`;
  const before = complete ? items : items - 1;
  const batch = wires.root === 0n ? {} : { root: hex(wires.root), items: before };
  report.result(
    'verify',
    {
      ...{
        pinned,
        insecure,
        key: key.name,
        compressed: folded === undefined,
        steps,
        stepsPerNetwork,
        complete,
        ...batch,
      },
      ...{ modelDigest: model, planDigest: hex(wires.pp), inputDigest: input, activationDigest: activations },
    },
    [
      ...(wires.root === 0n ? [] : [batchLine(before, complete, hex(wires.root))]),
      `VERIFIED${pinned ? '' : ', NOT PINNED'}: ${layers} of model ${model} on input ${input} ${
        activations === null
          ? ofMachine(complete, hex(elementOf(state, z, 'o')))
          : `give activation digest ${activations}`
      }`,
      wires.root === 0n
        ? `  ${count(steps)}/${count(stepsPerNetwork)} steps, key ${keyName(key)}`
        : `  ${counted(steps, 'step')}, ${count(stepsPerNetwork)} for each input, key ${keyName(key)}`,
      ...(pinned ? [] : ['NOT PINNED: the model digest was compared with nothing; --model-digest or --model pins it.']),
      ...(folded ? honestLines(key) : compressedLines(key)),
    ],
  );
  return 0;
}

/** A prefix of a program has read what nobody has shown to be written. */
const ofMachine = (complete: boolean, output: string): string =>
  complete
    ? `give output digest ${output}`
    : 'are folded: a run can go on from here, but of its numbers this shows nothing before its last step';

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

function batchLine(items: number, complete: boolean, root: string): string {
  const proven = items === 0 ? 'no item is complete yet' : `items 1..${count(items)} are proven`;
  return `batch with root ${root}: ${proven}. Of item ${count(complete ? items : items + 1)}:`;
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
