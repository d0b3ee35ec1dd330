/** A run folder with a simulated final proof beside its folded one: what a verifier reads, without a circuit and its key. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { keyToJson } from '../../src/api/final-json.ts';
import { parseAnyPlan, stepSpecOf } from '../../src/api/model.ts';
import { isMachine } from '../../src/machine/spec.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { FINAL_FILE, KEY_FILE, type RunRecord } from '../../src/store/run-record.ts';
import { proofToJson } from '../../src/wrap/proof-json.ts';
import { simulate, simulatedCase, stream } from '../wrap/simulated.ts';

const SLOTS = ['M', 'P'] as const;
const MACHINE = ['M', 'T', 'P'] as const;

/**
 * Copies the folder `from` to `name` and puts a final proof of what its run.json says beside the folded one.
 * @param otherModel what is added to the model digest, in proof and run.json
 * @param revealed k
 */
export function addFinal(
  path: (...parts: string[]) => string,
  name: string,
  from: string,
  otherModel = 0n,
  revealed = 0n,
): void {
  cpSync(path(from), path(name), { recursive: true });
  const json = (file: string) => JSON.parse(readFileSync(path(name, file), 'utf8'));
  const record: RunRecord & { statement: { modelDigest: string } } = json('run.json');
  const { modelDigest, inputDigest, outputDigest, steps, root } = record.statement;
  const statement = {
    modelDigest: BigInt(modelDigest) + otherModel,
    ...{ inputDigest: BigInt(inputDigest), outputDigest: BigInt(outputDigest) },
    ...{ revealed, steps: BigInt(steps), root: BigInt(root ?? 0) },
  };
  // nobody knows the tau of the simulated key
  record.key = { name: 'test.ptau', insecure: false };
  record.statement.modelDigest = `0x${statement.modelDigest.toString(16).padStart(64, '0')}`;
  const step = stepSpecOf(parseAnyPlan(json('plan.json')));
  const blocks = isMachine(step) ? MACHINE : SLOTS;
  const { secrets, vk } = simulatedCase(4n, blocks);
  const files = {
    [FINAL_FILE]: proofToJson(statement, simulate(secrets, statement, stream(11n), blocks)),
    [KEY_FILE]: keyToJson({ vk, step }),
  } as const;
  for (const [file, content] of Object.entries(files)) {
    const bytes = Buffer.from(JSON.stringify(content));
    writeFileSync(path(name, file), bytes);
    record.files.push({
      path: file as keyof typeof files,
      sha256: sha256Hex(bytes),
      bytes: bytes.length,
      share: 'yes',
    });
  }
  writeFileSync(path(name, 'run.json'), JSON.stringify(record));
}
