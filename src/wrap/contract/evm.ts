/**
 * A real EVM in memory: deploys a contract and calls it, with the precompiles' prices and addresses as on a chain.
 *
 * The interpreter alone differs from a transaction in one point: a transaction starts with the precompiles warm, so
 * they are warmed here, else every first call of one would read 2,500 gas too high.
 */
import type { EVM } from '@ethereumjs/evm';
import { FoldError, invariant } from '../../errors.ts';

export interface CallResult {
  /** Gas of execution alone: neither the transaction's base price nor its calldata. */
  readonly gas: number;
  /** False when the call reverted or ran out of gas; `data` is then what it reverted with. */
  readonly done: boolean;
  readonly data: Uint8Array;
  /** Calls of each precompile, by address. */
  readonly precompiles: ReadonlyMap<number, number>;
}

interface Deployed {
  readonly address: Uint8Array;
  /** Gas of creation, without the transaction's base price and its calldata. */
  readonly gas: number;
  /** Bytes of code on the chain. */
  readonly codeBytes: number;
}

export interface Machine {
  /** Deploys creation code followed by ABI-encoded constructor arguments. */
  deploy(code: Uint8Array): Promise<Deployed>;
  /** Calls a contract; state changes stay. */
  call(to: Uint8Array, data: Uint8Array, options?: CallOptions): Promise<CallResult>;
}

interface CallOptions {
  /** 20 bytes. */
  readonly from?: Uint8Array;
  readonly gasLimit?: number;
  /** The block's, in seconds; 0 unless it is said. */
  readonly time?: number;
}

interface MachineOptions {
  /** Precompiles, by address, that are not as on every chain: none there, or one that gives these bytes for nothing. */
  readonly precompiles?: ReadonlyMap<number, 'absent' | Uint8Array>;
}

/** A block's worth. Explicit, because the default of the library is not enough for large contracts. */
const GAS_LIMIT = 30_000_000;
/** Of a block, what no contract here reads. */
const HEADER = { number: 0n, difficulty: 0n, gasLimit: 0n, prevRandao: new Uint8Array(32), getBlobGasPrice: () => 0n };
/** ecAdd, ecMul and the pairing; every other precompile costs nothing to warm either. */
const PRECOMPILES = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** @throws E_UNSUPPORTED when the EVM's packages are not installed */
export async function createMachine({ precompiles = new Map() }: MachineOptions = {}): Promise<Machine> {
  const { createEVM, Common, Mainnet, Address } = await loadEvm();
  const evm: EVM = await createEVM({
    common: new Common({ chain: Mainnet, hardfork: 'cancun' }),
    customPrecompiles: [...precompiles].map(([at, answer]) => ({
      address: new Address(addressBytes(at)),
      ...(answer !== 'absent' && { function: () => ({ executionGasUsed: 0n, returnValue: answer }) }),
    })),
  });
  const address = (bytes: Uint8Array) => new Address(bytes);
  let counts = new Map<number, number>();
  // of each call, not of each step: listening to steps makes the interpreter many times slower
  evm.events.on('beforeMessage', ({ to }, resume) => {
    const callee = to === undefined ? 0n : BigInt(to.toString());
    if (callee > 0n && callee <= 9n) counts.set(Number(callee), (counts.get(Number(callee)) ?? 0) + 1);
    resume?.();
  });
  const run = async (options: Parameters<EVM['runCall']>[0]) => {
    counts = new Map();
    for (const i of PRECOMPILES) evm.journal.addAlwaysWarmAddress(Buffer.from(addressBytes(i)).toString('hex'));
    const result = await evm.runCall({ gasLimit: BigInt(GAS_LIMIT), skipBalance: true, ...options });
    await evm.journal.cleanup();
    return result;
  };
  return {
    async deploy(code) {
      const { createdAddress, execResult } = await run({ data: code });
      if (execResult.exceptionError || !createdAddress)
        throw new FoldError('E_INPUT', 'The contract cannot be deployed.', {
          got: execResult.exceptionError?.error ?? 'no address',
        });
      return {
        address: createdAddress.bytes,
        gas: Number(execResult.executionGasUsed),
        codeBytes: execResult.returnValue.length,
      };
    },
    async call(to, data, { from, gasLimit, time = 0 } = {}) {
      invariant(to.length === 20, 'an address has 20 bytes');
      const { execResult } = await run({
        block: { header: { ...HEADER, coinbase: address(new Uint8Array(20)), timestamp: BigInt(time) } },
        to: address(to),
        data,
        ...(from && { caller: address(from), origin: address(from) }),
        ...(gasLimit !== undefined && { gasLimit: BigInt(gasLimit) }),
      });
      return {
        gas: Number(execResult.executionGasUsed),
        done: execResult.exceptionError === undefined,
        data: execResult.returnValue,
        precompiles: counts,
      };
    },
  };
}

/** The address of a precompile. */
const addressBytes = (i: number): Uint8Array => Uint8Array.of(...new Uint8Array(19), i);

async function loadEvm() {
  try {
    const [{ createEVM }, { Common, Mainnet }, { Address }] = await Promise.all([
      import('@ethereumjs/evm'),
      import('@ethereumjs/common'),
      import('@ethereumjs/util'),
    ]);
    return { createEVM, Common, Mainnet, Address };
  } catch (cause) {
    throw new FoldError('E_UNSUPPORTED', 'The EVM is not installed.', {
      expected: 'the packages @ethereumjs/evm, @ethereumjs/common and @ethereumjs/util',
      hint: 'npm install @ethereumjs/evm @ethereumjs/common @ethereumjs/util',
      cause,
    });
  }
}
