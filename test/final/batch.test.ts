/**
 * A batch in one proof to its very end: the command line makes the one final proof of three inputs, and native verifier,
 * snarkjs, the contract of proofs and that of items accept it and nothing near it.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFinal } from '../../src/api/final-run.ts';
import { loadModel } from '../../src/api/load.ts';
import { findMember } from '../../src/store/member-file.ts';
import { encodeCalldata } from '../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../src/wrap/contract/compile.ts';
import { createMachine } from '../../src/wrap/contract/evm.ts';
import { encodeIsProven } from '../../src/wrap/contract/member-calldata.ts';
import { BATCH_CONTRACT, writeBatchContract } from '../../src/wrap/contract/write-batch.ts';
import { writeVerifier } from '../../src/wrap/contract/write-verifier.ts';
import { wordBytes } from '../../src/wrap/final-proof.ts';
import { fold, type Outcome } from '../cli/harness.ts';
import { deploy, verdict } from '../wrap/contract/deployment.ts';

let folder = '';
let proved: Outcome;
const path = (...parts: string[]): string => join(folder, ...parts);
const lastLine = ({ out }: Outcome) => JSON.parse(out.trimEnd().split('\n').at(-1)!);
const args = (): string[] => [
  ...['batch', '--network', 'digits512', '--layers', '33', path('inputs')],
  ...['--one-proof', '--json', '--out', path('run')],
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerfold-final-batch-'));
  mkdirSync(path('inputs'));
  const { sample } = await loadModel({ network: 'digits512', layers: 33 });
  for (const [k, id] of ['a', 'b', 'c'].entries()) {
    const image = [...sample!.data].map((v, i) => (k > 0 && i % (k + 2) === 0 ? 0 : v));
    writeFileSync(path('inputs', `${id}.json`), JSON.stringify({ input_data: [image] }));
  }
  // first without, so that the final proof of a folded batch is made by the second command
  const folded = await fold([...args(), '--insecure-dev', '--no-wrap']);
  expect(folded.code).toBe(0);
  proved = await fold(args());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the one final proof of a batch', () => {
  it('is made of the folded batch, and verified with its members', async () => {
    expect(proved.code).toBe(0);
    expect(lastLine(proved)).toMatchObject({ verb: 'wrap', steps: 6, calldataBytes: 1092, revealedClass: null });
    const verified = lastLine(await fold(['verify', path('run'), '--json']));
    expect(verified).toMatchObject({ final: true, items: 3, steps: 6 });
    expect(verified.members.map(({ id }: { id: string }) => id)).toEqual(['a', 'b', 'c']);
    const again = await fold(args());
    expect({ code: again.code, again: lastLine(again).again }).toEqual({ code: 0, again: true });
  });

  it('is enough with one member: no folder is needed', async () => {
    mkdirSync(path('alone'));
    for (const name of ['proof.json', 'verification_key.json'])
      writeFileSync(path('alone', name), readFileSync(path('run', name)));
    const bare = await fold(['verify', path('alone', 'proof.json')]);
    expect([bare.code, bare.out]).toEqual([0, expect.stringContaining('how many items it covers a member shows')]);
    const member = path('run', 'members', 'c.json');
    const shown = await fold(['verify', path('alone', 'proof.json'), '--member', member]);
    expect([shown.code, shown.out]).toEqual([0, expect.stringContaining('is item 3 of 3')]);
    writeFileSync(path('lie.json'), JSON.stringify({ ...JSON.parse(readFileSync(member, 'utf8')), index: 1 }));
    expect((await fold(['verify', path('alone', 'proof.json'), '--member', path('lie.json')])).code).toBe(1);
  });

  it('is verified by snarkjs, against public inputs that the verifier rebuilds', async () => {
    expect((await fold(['verify', path('run'), '--public-json', path('rebuilt.json')])).code).toBe(0);
    const files = [path('run', 'verification_key.json'), path('rebuilt.json'), path('run', 'proof.json')];
    const said = execFileSync(process.execPath, ['node_modules/snarkjs/cli.js', 'groth16', 'verify', ...files]);
    expect(said.toString()).toContain('OK!');
  });

  it('is accepted by the contract, and its items by theirs; not with another root or index', async () => {
    const { statement, proof, key } = await readFinal(path('run'), undefined);
    const machine = await createMachine();
    const { modelDigest } = statement;
    const verifier = await deploy(machine, await writeVerifier({ vk: key.vk, network: 'digits512', modelDigest }));
    const ask = async (data: Uint8Array): Promise<string> => verdict(await machine.call(verifier, data));
    expect(await ask(encodeCalldata(statement, proof))).toBe('true');
    expect(await ask(encodeCalldata({ ...statement, root: statement.root + 1n }, proof))).toMatch(/^(false|revert)/);
    expect(await ask(encodeCalldata({ ...statement, steps: statement.steps + 2n }, proof))).toMatch(/^(false|revert)/);

    const code = await compileContract({ 'Batch.sol': await writeBatchContract() }, BATCH_CONTRACT);
    const member = await findMember(path('run'), 'b');
    const pins = wordBytes([modelDigest, member.model.stepsPerNetwork]);
    const items = (await machine.deploy(Uint8Array.from([...code, ...pins]))).address;
    const proven = async (index: number): Promise<string> =>
      verdict(await machine.call(items, encodeIsProven(statement, { ...member, index })));
    expect(await proven(1)).toBe('true');
    for (const index of [0, 2, 3]) expect(await proven(index)).toMatch(/^(false|revert)/);
  });

  it('is told by fold gas, calldata and report', async () => {
    for (const verb of ['gas', 'calldata', 'report']) expect((await fold([verb, path('run')])).code).toBe(0);
    expect((await fold(['calldata', path('run'), '--member', 'a'])).code).toBe(0);
  });
});
