/** What checking a final proof on-chain costs, by part, measured in a real EVM (`fold gas`). */
import { FoldError } from '../../errors.ts';
import type { FinalProof, FinalStatement } from '../final-proof.ts';
import { encodeCalldata } from './calldata.ts';
import { compileContract } from './compile.ts';
import { createMachine } from './evm.ts';
import type { VerifierSource } from './write-verifier.ts';

/** All figures in gas unless they say bytes. */
export interface GasReport {
  /** A transaction that does nothing but verify: the sum of the parts below. */
  readonly total: number;
  /** The pairing call: 45,000 and 34,000 for each of its six pairs (EIP-1108). */
  readonly pairing: number;
  /** Multiplications in G1, 6,000 each. */
  readonly multiplications: number;
  /** Additions in G1, 150 each. */
  readonly additions: number;
  /** Everything else that the contract does. */
  readonly code: number;
  /** 4 for a zero byte of calldata, 16 for another (EIP-2028). */
  readonly calldata: number;
  /** Every transaction's 21,000. */
  readonly transaction: number;
  /** Creating the contract, once, without its transaction. */
  readonly deployment: number;
  readonly calldataBytes: number;
  readonly codeBytes: number;
}

const TRANSACTION = 21_000;
const ZERO_BYTE = 4;
const OTHER_BYTE = 16;
const PAIRS = 6;
/** Address of each precompile and its price here. */
const ADDITION = { address: 6, gas: 150 };
const MULTIPLICATION = { address: 7, gas: 6000 };
const PAIRING = { address: 8, gas: 45_000 + 34_000 * PAIRS };

/** What the contract spends for any proof that it accepts, and of that for each block, measured: the test of `measureGas` holds it to this. */
const EXECUTION = 330_600;
const BLOCK = 8140;

/** Gas of a transaction that verifies this proof, estimated without compiler and EVM: the calldata is exact. */
export function estimateGas(statement: FinalStatement, proof: FinalProof): number {
  return TRANSACTION + calldataGas(encodeCalldata(statement, proof)) + EXECUTION + BLOCK * proof.opening.cms.length;
}

/** Of the calldata alone. */
export const calldataGas = (data: Uint8Array): number =>
  data.reduce((sum, byte) => sum + (byte === 0 ? ZERO_BYTE : OTHER_BYTE), 0);

/**
 * Compiles and deploys the contract and lets it check the proof.
 * @throws E_REJECTED when the contract does not accept the proof; E_UNSUPPORTED without solc or an EVM
 */
export async function measureGas(
  { name, source }: VerifierSource,
  statement: FinalStatement,
  proof: FinalProof,
): Promise<GasReport> {
  const machine = await createMachine();
  const contract = await machine.deploy(await compileContract({ [`${name}.sol`]: source }, name));
  const data = encodeCalldata(statement, proof);
  const result = await machine.call(contract.address, data);
  if (!result.done || result.data.at(-1) !== 1)
    throw new FoldError('E_REJECTED', 'The contract does not accept the proof.', {
      expected: 'true',
      got: result.done ? 'false' : 'a revert',
      hint: 'fold verify names the check that fails; a contract serves only the key that it was made from',
    });
  const spent = ({ address, gas }: { address: number; gas: number }) => gas * (result.precompiles.get(address) ?? 0);
  const [pairing, multiplications, additions] = [PAIRING, MULTIPLICATION, ADDITION].map(spent) as [
    number,
    number,
    number,
  ];
  const calldata = calldataGas(data);
  return {
    total: TRANSACTION + calldata + result.gas,
    pairing,
    multiplications,
    additions,
    code: result.gas - pairing - multiplications - additions,
    calldata,
    transaction: TRANSACTION,
    deployment: contract.gas,
    calldataBytes: data.length,
    codeBytes: contract.codeBytes,
  };
}
