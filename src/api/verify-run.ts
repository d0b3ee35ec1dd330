/**
 * Verifies a run folder as a stranger would: nothing in it is believed. The files must be those that run.json lists, the
 * parameters are rebuilt from plan.json and the verifier's own key, the folded proof is verified, and the output and the
 * input that stand beside it must be those that the proof's digests cover.
 */
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { FoldedProof } from '../folding/proof.ts';
import { itemOfState } from '../folding/state.ts';
import type { KeySource } from '../folding/step-system.ts';
import { parseAnyJson } from '../store/json.ts';
import { decodeProof } from '../store/proof-file.ts';
import { type CompleteRun, OUTPUT_FILE, PLAN_FILE, PROOF_FILE, type RunRecord } from '../store/run-record.ts';
import { TRANSPARENT } from './keys.ts';
import { type CheckedData, checkData, completeRun, needFile, type RunFiles, readListed } from './listed-data.ts';
import { type AnyPlan, dataSpecOfPlan, parseAnyPlan, stepSpecOf } from './model.ts';
import { buildPlan, type PlannedModel } from './plan.ts';
import { checkRevealed, rejected, revealedClass } from './proven-data.ts';
import { checkClaims } from './run-claims.ts';
import { slotsOf } from './specs.ts';
import { type Statement, statementOf } from './statement.ts';
import { type Verified, verify } from './verify.ts';
import { checkAsked, checkRoom } from './verify-asked.ts';

/** Of `verifyRun`. */
export interface VerifyRunOptions {
  /** The key that the verifier trusts. */
  readonly key: KeySource;
  /**
   * The model digest that the verifier trusts, or how to compute it on the rebuilt parameters from its own model. The plan
   * is the folder's: for a model in real numbers compare its scales first (`checkScales`).
   */
  readonly modelDigest?:
    | bigint
    | ((plan: AnyPlan, parameters: Pick<PlannedModel, 'engine' | 'system'>) => Promise<bigint>)
    | undefined;
  readonly on?: EventListener | undefined;
}

/** What a folded run shows, and what was checked of the data beside it. */
export interface VerifiedRun extends Verified, CheckedData {
  readonly statement: Statement;
  /** The class that a program reveals; undefined for a batch, whose members tell. */
  readonly class: number | undefined;
  readonly plan: AnyPlan;
  /** Rebuilt here from the plan and the key. */
  readonly parameters: Pick<PlannedModel, 'engine' | 'system'>;
  /** What was read of the folder. */
  readonly files: RunFiles;
  /** What the folder says about itself; not proven. */
  readonly record: CompleteRun;
}

/**
 * @throws E_REJECTED naming the first check that fails; E_FILE for what is absent; E_FORMAT, E_PLAN, E_TOO_LARGE for what
 *   cannot be read; E_KEY for a key that is too short
 */
export async function verifyRun(path: string, options: VerifyRunOptions): Promise<VerifiedRun> {
  const { on } = options;
  const record = await completeRun(path);
  if (!record.key.insecure && options.key.insecure) throw otherKey(record, options.key);
  const files = await readListed(path, record);
  on?.({ type: 'check', name: 'files' });
  const plan = parseAnyPlan(parseAnyJson(needFile(files, path, PLAN_FILE), PLAN_FILE));
  const proof = decodeProof(needFile(files, path, PROOF_FILE));
  // the outputs of a batch stand in its members
  if (!record.private.includes('output') && record.statement.root === undefined) needFile(files, path, OUTPUT_FILE);

  const given = options.modelDigest;
  checkAsked(proof, { modelDigest: typeof given === 'bigint' ? given : undefined });
  checkRoom(proof, stepSpecOf(plan));
  const parameters = await buildPlan(stepSpecOf(plan), options.key);
  const modelDigest = typeof given === 'function' ? await given(plan, parameters) : given;
  const verified = await verify(proof, parameters, { modelDigest, on });
  checkStatement(record, proof);
  const dataSpec = dataSpecOfPlan(plan, proof.statement.wires.modelDigest);
  const { hIn, o, k } = itemOfState(parameters.system.step.state, proof.statement.z);
  const data = checkData(files, record, dataSpec, { input: hIn, output: o }, (name) => {
    on?.({ type: 'check', name });
  });
  const shown = k === undefined ? undefined : revealedClass(dataSpec, k);
  if (data.output) checkRevealed(data.output, shown);
  const revealed = record.statement.root === undefined ? shown : undefined;
  checkClaims(record, { ...verified, slots: slotsOf(stepSpecOf(plan)), class: data.output?.class, revealed });
  on?.({ type: 'check', name: 'statement' });
  const statement = statementOf(proof);
  return { ...verified, ...data, statement, class: revealed, plan, parameters, files, record };
}

/** No forgeable key stands in for the one of the run. */
function otherKey({ key: { name } }: RunRecord, { name: got }: KeySource): FoldError {
  if (name === TRANSPARENT)
    return new FoldError('E_KEY', 'The run was made with the transparent key.', {
      expected: 'no key: everybody has this one',
      got,
      hint: 'the same command without --insecure-dev',
    });
  return new FoldError('E_KEY', 'The run was made with the key of a ceremony, and none is given.', {
    expected: `the powers of tau "${name}"`,
    got,
    hint: '--ptau FILE',
  });
}

function checkStatement({ statement }: RunRecord, proof: FoldedProof): void {
  const proven = statementOf(proof);
  for (const name of ['parameters', 'modelDigest', 'inputDigest', 'outputDigest', 'steps', 'root'] as const) {
    const said = statement?.[name];
    if (said !== proven[name])
      throw rejected('statement', `${name} ${proven[name]}, as in the proof`, `run.json says ${said}`);
  }
}
