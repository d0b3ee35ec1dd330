/** `fold verify` of a final proof: here, or by a contract on a chain. */
import { dirname } from 'node:path';
import { type VerifiedFinal, verifyFinalRun } from '../../api/final-run.ts';
import type { CommitmentKeySource } from '../../api/keys.ts';
import { parseAnyPlan } from '../../api/model.ts';
import { buildPlan } from '../../api/plan.ts';
import { dataOf } from '../../api/specs.ts';
import { hex } from '../../api/statement.ts';
import type { VerifyRunOptions } from '../../api/verify-run.ts';
import { FoldError } from '../../errors.ts';
import {
  classLine,
  missingLines,
  notPinnedLines,
  numberLine,
  verifiedLine,
  verifiedLines,
} from '../../report/final-words.ts';
import type { CommandContext } from '../../runs/context.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { jsonBytes, parseAnyJson } from '../../store/json.ts';
import { PLAN_FILE } from '../../store/run-record.ts';
import { askContract } from '../../wrap/contract/rpc.ts';
import { publicToJson } from '../../wrap/proof-json.ts';
import { verifyBatch } from './batch.ts';
import { type HeldInput, verifyHeldInput } from './input.ts';
import { checkListener, outputLines } from './words.ts';

/** A digest, or how to compute it from the user's own model. */
export type ModelPin = NonNullable<VerifyRunOptions['modelDigest']>;

export async function verifyFinalProof(
  context: CommandContext,
  commitmentKey: CommitmentKeySource,
  pin: ModelPin | undefined,
  held: HeldInput | undefined,
): Promise<number> {
  const { options, argument, report } = context;
  const on = checkListener(report);
  const digest = typeof pin === 'bigint' ? pin : undefined;
  const verified = await verifyFinalRun(argument!, { vk: options.vk, modelDigest: digest, on });
  if (typeof pin === 'function') {
    await comparePin(verified, commitmentKey, pin);
    on({ type: 'check', name: 'model-digest' });
  }
  const contract = await askedContract(options, verified);
  if (contract) on({ type: 'check', name: 'contract' });

  const { publicJson } = options;
  if (publicJson !== undefined)
    await writeFileAtomic(publicJson, jsonBytes(publicToJson(verified.statement, verified.proof)));

  const pinned = { key: verified.pinned.key, model: pin !== undefined };
  const key = options.vk === undefined ? 'the key (--vk)' : "the key (--vk names one in the proof's own folder)";
  const missing = [pinned.key ? '' : key, pinned.model ? '' : 'the model (--model-digest)'].filter(Boolean);
  if (options.strict && (missing.length > 0 || verified.insecure))
    throw new FoldError('E_REJECTED', "The proof is true, but check 'strict' failed.", {
      expected: 'a trusted key and model (--vk, --model-digest), and a key that is not insecure',
      got: [
        missing.length > 0 ? `NOT PINNED: ${missing.join(', ')}` : '',
        verified.insecure ? 'the INSECURE development key' : '',
      ]
        .filter(Boolean)
        .join(' and '),
    });
  const { statement, insecure, output, inputChecked, record } = verified;
  const folder = record ? argument! : dirname(argument!);
  const asksData = held !== undefined || statement.root !== 0n;
  const data = verified.data ?? (asksData ? dataOf(verified.key.step) : undefined);
  const batch = data && (await verifyBatch(context, folder, statement, data));
  const asked = { ...verified, folder, digest: statement.inputDigest };
  const inputLines = held ? await verifyHeldInput(held, { ...asked, step: data!, member: batch?.member }, report) : [];
  const digests = {
    modelDigest: hex(statement.modelDigest),
    inputDigest: hex(statement.inputDigest),
    outputDigest: hex(statement.outputDigest),
  };
  report.result(
    'verify',
    {
      final: true,
      pinned: missing.length === 0,
      keyPinned: pinned.key,
      modelPinned: pinned.model,
      inputPinned: held !== undefined,
      insecure,
      ...(batch
        ? batch.facts
        : { class: verified.class ?? output?.class ?? null, revealedClass: verified.class ?? null, inputChecked }),
      ...digests,
      steps: Number(statement.steps),
      ...(contract && { contract }),
      ...(publicJson !== undefined && { publicJson }),
    },
    [
      ...(batch?.before ?? outputLines(output)),
      verifiedLine(statement, insecure, missing),
      ...(batch?.lines ?? [
        verified.data ? classLine(verified.class) : numberLine(statement.revealed),
        ...missingLines(digests, output !== undefined, inputChecked || held !== undefined),
      ]),
      ...inputLines,
      ...(publicJson === undefined
        ? []
        : [`public inputs for snarkjs in ${publicJson}, computed from statement and points`]),
      ...notPinnedLines(missing),
      ...verifiedLines(insecure, record?.private),
    ],
  );
  return 0;
}

/** Commits to the user's own model under the plan of the key: slower than a digest, as it needs an engine. */
async function comparePin(
  { key, files, statement }: VerifiedFinal,
  source: CommitmentKeySource,
  digestOf: Exclude<ModelPin, bigint>,
): Promise<void> {
  const file = files.get(PLAN_FILE);
  if (!file)
    throw new FoldError('E_FILE', 'A model is compared by way of its plan, and there is none.', {
      expected: 'a run folder with plan.json',
      got: 'a proof alone',
      hint: '--model-digest DIGEST (fold commit MODEL prints it)',
    });
  const plan = parseAnyPlan(parseAnyJson(file, PLAN_FILE));
  const expected = await digestOf(plan, await buildPlan(key.step, source));
  if (expected === statement.modelDigest) return;
  throw new FoldError('E_REJECTED', 'The proof is of another model.', {
    expected: `model digest ${hex(expected)}`,
    got: hex(statement.modelDigest),
  });
}

async function askedContract(
  { rpc, address }: CommandContext['options'],
  { statement, proof }: VerifiedFinal,
): Promise<string | undefined> {
  if (rpc === undefined || address === undefined) return undefined;
  await askContract(rpc, address, statement, proof);
  return address;
}
