/** The contract of the machine's batches: what both are asked (batch-contract.ts), and that it serves every model by its opening. */
import { beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../../src/algebra/params.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import { hashProgram } from '../../../src/folding/hashes.ts';
import type { ModelOpening } from '../../../src/folding/member.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { encodeIsProven } from '../../../src/wrap/contract/member-calldata.ts';
import { MACHINE_BATCH_CONTRACT, writeMachineBatchContract } from '../../../src/wrap/contract/write-batch.ts';
import type { FinalStatement } from '../../../src/wrap/final-proof.ts';
import { stream } from '../simulated.ts';
import { type Asked, Batch, describeIsItem, expectFits, itIsProven, PROVEN, withWord } from './batch-contract.ts';
import { verdict } from './deployment.ts';

const next = stream(7n);

let machine: Machine;
let source: string;
let code: Uint8Array;
let contract: Awaited<ReturnType<Machine['deploy']>>;

const deploy = async (text: string) =>
  (await machine.deploy(await compileContract({ 'Batch.sol': text }, MACHINE_BATCH_CONTRACT))).address;

const asked: Asked = {
  source: () => source,
  deploy,
  ask: async (data, to = contract.address) => verdict(await machine.call(to, data)),
  batchOf: (size) => new Batch(size, (k) => ({ hIn: next(), o: next(), k: BigInt(k % 11) })),
};

const opening = (stepsPerNetwork: bigint): ModelOpening & { readonly interfaceDigest: bigint } => ({
  ...{ parameters: next(), stepsPerNetwork, chain: next(), interfaceDigest: next() },
});
const digestOf = (m: ReturnType<typeof opening>): bigint =>
  hashProgram(plainSponge, m.parameters, m.stepsPerNetwork, m.chain, m.interfaceDigest);

beforeAll(async () => {
  machine = await createMachine();
  source = await writeMachineBatchContract();
  code = await compileContract({ 'Batch.sol': source }, MACHINE_BATCH_CONTRACT);
  contract = await machine.deploy(code);
});

describeIsItem(asked, 5, /if \(root >= R \|\| index >= ITEMS \|\| item.*return false;/);

describe('isProven', () => {
  const batch = asked.batchOf(PROVEN.items);
  const model = opening(PROVEN.stepsPerNetwork);
  const statement: FinalStatement = {
    ...{ modelDigest: digestOf(model), inputDigest: 1n, outputDigest: 2n, revealed: 3n },
    ...{ steps: PROVEN.steps, root: batch.tree.root },
  };
  const encode = (index: number, change: Partial<FinalStatement> = {}, of = model) =>
    encodeIsProven({ ...statement, ...change }, { ...batch.at(index), model: of });
  const proven = (...call: Parameters<typeof encode>) => asked.ask(encode(...call));
  /** Of the struct Model in the call: digest, steps, body. */
  const MODEL_AT = 6;

  itIsProven(asked, batch, (index, change) => encode(index, change));

  it('serves another model as well, under its own digest and steps', async () => {
    const other = opening(9n);
    const modelDigest = digestOf(other);
    expect(await proven(0, { modelDigest }, other)).toBe('true');
    expect(await proven(1, { modelDigest }, other), 'one network has nine steps').toBe('false');
    expect(await proven(0, { modelDigest }), 'opened as the first').toBe('false');
    expect(await proven(0, {}, other)).toBe('false');
  });

  it('takes no other opening of a digest, above all none with fewer steps', async () => {
    const { ask } = asked;
    const honest = encode(2);
    expect(await ask(honest)).toBe('true');
    for (const i of [0, 1, 2])
      expect(await ask(withWord(honest, MODEL_AT + i, (w) => w + 1n)), `word ${i}`).toBe('false');
    for (const steps of [0n, 1n, 2n])
      expect(await ask(withWord(honest, MODEL_AT + 1, () => steps)), `${steps} steps`).toBe('false');
    for (const i of [1, 2]) expect(await ask(withWord(honest, MODEL_AT + i, (w) => w + R))).toBe('false');
    const believing = await deploy(source.replace('&& _opens(model)', ''));
    const unproven = withWord(encode(4), MODEL_AT + 1, () => 1n);
    expect(await ask(unproven)).toBe('false');
    expect(await ask(unproven, believing), 'which the opening refuses').toBe('true');
  });
});

it('needs no other file and fits the limits of a chain', () => {
  expectFits(source, contract.codeBytes, code.length);
});
