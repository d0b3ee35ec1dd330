/** Every reader of a file from anyone, by the name of what it reads. They run in a process of little memory (child.ts). */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { parseExperiment } from '../../src/api/experiment-spec.ts';
import { parseAnyPlan } from '../../src/api/model.ts';
import { readBatch } from '../../src/ir/batch-inputs.ts';
import type { Graph } from '../../src/ir/graph.ts';
import { parseInput, parseShapedInput } from '../../src/ir/input.ts';
import { decodeOnnx } from '../../src/ir/onnx/decode.ts';
import { parsePlan } from '../../src/ir/plan.ts';
import { readBatchItems } from '../../src/store/batch-folder.ts';
import { decodeCompressed } from '../../src/store/compressed-file.ts';
import { readCsvTable } from '../../src/store/csv.ts';
import { parseEventLog } from '../../src/store/event-log.ts';
import { decodeFile } from '../../src/store/files.ts';
import { parseAnyJson, parseJson } from '../../src/store/json.ts';
import { LOCK_FILE, lockFolder } from '../../src/store/lock.ts';
import { decodeMember } from '../../src/store/member-file.ts';
import { readPrivateItems } from '../../src/store/private-items.ts';
import { decodeProof } from '../../src/store/proof-file.ts';
import { readPtau } from '../../src/store/ptau.ts';
import { readResume } from '../../src/store/resume-file.ts';
import { parseOutput, parseRunInput, parseSalts } from '../../src/store/run-data.ts';
import { readRun, readRunFile } from '../../src/store/run-folder.ts';
import { type RunFileName, runSchema } from '../../src/store/run-record.ts';
import { readModelSalt } from '../../src/store/salt-files.ts';
import { groth16Verify } from '../../src/wrap/groth16/verify.ts';
import { readZkey } from '../../src/wrap/groth16/zkey.ts';
import { checkPublicJson, proofFromJson, verificationKeyFromJson } from '../../src/wrap/proof-json.ts';
import { decodeWtns } from '../../src/wrap/r1cs/files.ts';
import { simulatedCase } from '../wrap/simulated.ts';

type Reader = (bytes: Uint8Array) => unknown;

const engine = await createEngine();
const { statement, proof } = simulatedCase(1n);
const graph = { inputs: [{ name: 'x', shape: [4096, 4096] }] } as unknown as Graph;
const json = (bytes: Uint8Array): unknown => parseAnyJson(bytes, 'a file');
async function* noInput(): AsyncIterable<Uint8Array> {}

/** A reader of a folder with this file in it, or of the file itself. */
function withFile(name: string, read: (folder: string, path: string) => unknown): Reader {
  return (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'layerfold-hostile-'));
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return read(folder, path);
  };
}
const listed = (name: RunFileName): Reader => withFile(name, (folder) => readRunFile(folder, name));

export const READERS = {
  'folded.cbor and checkpoints': decodeProof,
  'compressed.cbor': decodeCompressed,
  'cache entries': (b) => decodeFile(b, 'cache-entry', [1], 2 ** 32),
  'run.json': withFile('run.json', (folder) => readRun(folder)),
  'run.json, parsed': (b) => parseJson(b, 'run.json', runSchema),
  'plan.json': listed('plan.json'),
  'plan.json, parsed': (b) => parsePlan(json(b)),
  'plan.json of a program, parsed': (b) => parseAnyPlan(json(b)),
  'output.json': listed('output.json'),
  'output.json, parsed': parseOutput,
  'input.json, parsed': parseRunInput,
  'salts.json': listed('private/salts.json'),
  'salts.json, parsed': parseSalts,
  'MODEL.salt': withFile('model.salt', (_, path) => readModelSalt(path)),
  members: (b) => decodeMember(b, 'a member'),
  'resume.json': withFile('private/resume.json', (folder) => readResume(folder)),
  'items.jsonl': withFile('private/items.jsonl', (folder) => readPrivateItems(folder)),
  experiments: (b) => parseExperiment(json(b), 'x.json'),
  'events.ndjson': parseEventLog,
  'manifest.jsonl': withFile('manifest.jsonl', (folder) => readBatchItems(folder)),
  tables: withFile('t.csv', (_, path) => readCsvTable(path, ['id', 'class', 'status'])),
  locks: withFile(LOCK_FILE, (folder) => lockFolder(folder)),

  inputs: (b) => parseInput(json(b), graph),
  'inputs that say their shape': (b) => parseShapedInput(json(b), 2 ** 24),
  'lines of a batch': withFile('in.jsonl', (_, path) => readBatch([path], graph, noInput())),
  'ONNX models': decodeOnnx,
  'proof.json': listed('proof.json'),
  'proof.json, parsed': (b) => proofFromJson(json(b)),
  'public.json, parsed': (b) => checkPublicJson(json(b), statement, proof),
  'verification_key.json, parsed': (b) => verificationKeyFromJson(json(b)),
  'verification keys of any circuit': (b) => groth16Verify(json(b), [], {}),
  '.ptau': withFile('key.ptau', (_, path) => readPtau(path, 2 ** 24, engine)),
  '.zkey': withFile('key.zkey', (_, path) => readZkey(path)),
  '.wtns': (b) => decodeWtns(R, b, 2 ** 30),
} satisfies Readonly<Record<string, Reader>>;

export type ReaderName = keyof typeof READERS;
