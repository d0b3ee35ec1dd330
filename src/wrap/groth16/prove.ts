/** One Groth16 proof by snarkjs, after checks that cost milliseconds where the proof costs minutes. */
import { FIELD_BYTES, POINT_BYTES } from '../../algebra/engine.ts';
import { FoldError } from '../../errors.ts';
import type { R1cs } from '../r1cs/r1cs.ts';
import { runSnarkjs, type SnarkjsOptions } from './snarkjs-process.ts';
import { Groth16ProofJson } from './verify.ts';
import { checkZkey, readZkey, type ZkeyHeader } from './zkey.ts';

export interface Groth16Result {
  readonly proof: Groth16ProofJson;
  /** Decimal, in the order of the circuit. */
  readonly publicSignals: readonly string[];
}

/**
 * Memory in bytes that proving under a key takes at most, about: the entries twice, vectors over the domain (A, B, C,
 * their transforms, the threads' copies), sections of points, heaps. Measured at 2^20 and 10 million entries: 3.3 GB.
 */
export function proveMemory({ domain, entries, signals }: Pick<ZkeyHeader, 'domain' | 'entries' | 'signals'>): number {
  return 88 * entries + 48 * FIELD_BYTES * domain + 16 * POINT_BYTES * Math.max(domain, signals) + 2 ** 29;
}

/**
 * Proves. `wtns` are the bytes of a .wtns (src/wrap/r1cs/files.ts) or its path; the proof is random, so that two proofs
 * of one witness differ.
 * @param r1cs the circuit that the key must belong to
 * @throws E_KEY for a truncated key or the key of another circuit, E_MEMORY, E_ABORTED
 */
export async function groth16Prove(
  zkeyPath: string,
  wtns: string | Uint8Array,
  r1cs: R1cs,
  options: SnarkjsOptions = {},
): Promise<Groth16Result> {
  checkZkey(await readZkey(zkeyPath), r1cs);
  const { proof, publicSignals } = await runSnarkjs({ verb: 'prove', zkey: zkeyPath, wtns }, options);
  const parsed = Groth16ProofJson.safeParse(proof);
  if (!parsed.success) throw new FoldError('E_BUG', 'snarkjs returned no proof.', { cause: parsed.error });
  return { proof: parsed.data, publicSignals };
}
