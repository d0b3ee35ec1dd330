/**
 * The contract on chains whose precompiles are missing or do not answer as they should. A call of an address without code
 * succeeds and returns nothing, so that a caller who does not ask for the size of the answer reads its own input.
 */
import { beforeAll, expect, it } from 'vitest';
import { G1_PARAMS } from '../../../src/algebra/params.ts';
import { encodeCalldata, selector } from '../../../src/wrap/contract/calldata.ts';
import { createMachine } from '../../../src/wrap/contract/evm.ts';
import { type VerifierSource, writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { simulatedCase } from '../simulated.ts';
import { deploy, verdict } from './deployment.ts';

const ADDITION = 6;
const MULTIPLICATION = 7;
const PAIRING = 8;
const PRECOMPILE_FAILED = `revert ${Buffer.from(selector('PrecompileFailed()')).toString('hex')}`;

const { vk, statement, proof } = simulatedCase(1n);
let verifier: VerifierSource;
/** The contract as it was: an answer of any size will do. */
let believing: VerifierSource;
beforeAll(async () => {
  verifier = await writeVerifier({ vk, network: 'a test' });
  believing = { ...verifier, source: verifier.source.replaceAll(/eq\(returndatasize\(\), 0x[24]0\)/g, '1') };
});

const honest = encodeCalldata(statement, proof);
/** Nothing is proven: any points and numbers with A = (1, 2), and the output that the forger likes. */
const forged = encodeCalldata(
  { ...statement, outputDigest: 666n, revealed: 3n },
  { ...proof, groth16: { ...proof.groth16, a: G1_PARAMS.generator }, opening: { ...proof.opening, f1: 5n } },
);

async function ask(
  { name, source }: VerifierSource,
  data: Uint8Array,
  answers: readonly (readonly [address: number, answer: 'absent' | Uint8Array])[],
): Promise<string> {
  const machine = await createMachine({ precompiles: new Map(answers) });
  return verdict(await machine.call(await deploy(machine, { name, source }), data));
}

it('asks all three precompiles for the size of their answer', () => {
  expect(verifier.source.match(/staticcall\(/g)).toHaveLength(3);
  expect(verifier.source.match(/eq\(returndatasize\(\), 0x[24]0\)/g)).toHaveLength(3);
});

it('refuses what is a universal forgery where the pairing has no code', async () => {
  expect(await ask(believing, forged, [[PAIRING, 'absent']]), 'the forgery is real').toBe('true');
  expect(await ask(believing, forged, []), 'and one for such chains only').toBe('false');
  expect(await ask(verifier, forged, [[PAIRING, 'absent']])).toBe(PRECOMPILE_FAILED);
  expect(await ask(verifier, forged, [])).toBe('false');
  expect(await ask(verifier, honest, [])).toBe('true');
});

it('gives no verdict, be the proof true or false, where a precompile is missing', async () => {
  const sets = [[ADDITION], [MULTIPLICATION], [PAIRING], [ADDITION, MULTIPLICATION, PAIRING]];
  for (const missing of sets)
    for (const data of [honest, forged])
      for (const answer of ['absent', new Uint8Array(0)] as const)
        expect(
          await ask(
            verifier,
            data,
            missing.map((at) => [at, answer]),
          ),
          `${missing}`,
        ).toBe(PRECOMPILE_FAILED);
});

it('takes no answer of another size', async () => {
  const answers: readonly (readonly [number, number])[] = [
    [ADDITION, 32],
    [ADDITION, 96],
    [MULTIPLICATION, 32],
    [PAIRING, 31],
    [PAIRING, 64],
  ];
  for (const [address, size] of answers)
    expect(await ask(verifier, forged, [[address, new Uint8Array(size).fill(1)]]), `${address}`).toBe(
      PRECOMPILE_FAILED,
    );
});

it('takes nothing but 1 for the equation', async () => {
  const word = (...last: number[]): Uint8Array => Uint8Array.of(...new Uint8Array(32 - last.length), ...last);
  for (const answer of [word(0), word(2), word(1, 1), new Uint8Array(32).fill(255)])
    expect(await ask(verifier, honest, [[PAIRING, answer]])).toBe('false');
});
