/** A simulated case, and the contract made from its key in an EVM of its own: what the contract's tests share. */
import { expect } from 'vitest';
import { field } from '../../../src/algebra/field.ts';
import { R } from '../../../src/algebra/params.ts';
import { plainSponge } from '../../../src/algebra/sponge.ts';
import type { BlockName } from '../../../src/folding/blocks.ts';

import { encodeCalldata } from '../../../src/wrap/contract/calldata.ts';
import { compileContract } from '../../../src/wrap/contract/compile.ts';
import { type CallResult, createMachine, type Machine } from '../../../src/wrap/contract/evm.ts';
import { type VerifierSource, writeVerifier } from '../../../src/wrap/contract/write-verifier.ts';
import { digestSignals } from '../../../src/wrap/signals.ts';
import { type Case, simulatedCase } from '../simulated.ts';

/** Calldata: selector, offset, six words of statement, length, then the words of the proof. */
export const PROOF_AT = 4 + 8 * 32;

/** 'true', 'false', or 'revert' and the first four bytes of what the call reverted with. */
export function verdict({ done, data }: CallResult): string {
  if (!done) return `revert ${Buffer.from(data.subarray(0, 4)).toString('hex')}`;
  return data.length === 32 && data[31]! <= 1 ? `${data[31] === 1}` : 'no bool';
}

export class Deployment {
  private constructor(
    readonly test: Case,
    readonly honest: Uint8Array,
    readonly machine: Machine,
    readonly verifier: VerifierSource,
    readonly address: Uint8Array,
  ) {}

  /** @param blocks of the step circuit */
  static async make(blocks: readonly BlockName[] = ['M', 'P']): Promise<Deployment> {
    const test = simulatedCase(1n, blocks);
    const machine = await createMachine();
    const verifier = await writeVerifier({ vk: test.vk, network: 'a test' });
    const honest = encodeCalldata(test.statement, test.proof);
    return new Deployment(test, honest, machine, verifier, await deploy(machine, verifier));
  }

  async ask(data: Uint8Array, gasLimit?: number): Promise<string> {
    return verdict(await this.machine.call(this.address, data, gasLimit === undefined ? {} : { gasLimit }));
  }

  /** The contract with a piece of its code replaced: shows that a forgery is real, and the piece what refuses it. */
  async weakened(piece: RegExp | string, by: string, data: Uint8Array): Promise<string> {
    const source = this.verifier.source.replace(piece, by);
    expect(source).not.toBe(this.verifier.source);
    return verdict(await this.machine.call(await deploy(this.machine, { ...this.verifier, source }), data));
  }
}

const Fr = field(R);
/** h' of a list, and y. */
export const digestOf = (signals: readonly bigint[]): bigint => digestSignals(plainSponge, signals);
export const combined = (kappa: bigint, signals: readonly bigint[]): bigint =>
  signals.reduceRight((sum, signal) => Fr.add(Fr.mul(kappa, sum), signal));

export async function deploy(machine: Machine, { name, source }: VerifierSource): Promise<Uint8Array> {
  return (await machine.deploy(await compileContract({ 'Verifier.sol': source }, name))).address;
}
