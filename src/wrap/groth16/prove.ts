/**
 * One Groth16 proof after checks that cost milliseconds where the proof costs many seconds. By our own kernels
 * (native/prove.ts), or by snarkjs, their twin.
 */
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { FIELD_BYTES, POINT_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { createEngine } from '../../algebra/index.ts';
import { FoldError } from '../../errors.ts';
import { readFileBounded } from '../../store/read.ts';
import { temporaryPath } from '../../store/temporary.ts';
import { decodeWtns } from '../r1cs/files.ts';
import type { R1cs } from '../r1cs/r1cs.ts';
import { completeKey, entryRows } from './entries.ts';
import { type NativeOptions, proveNative } from './native/prove.ts';
import { runSnarkjs, type SnarkjsOptions } from './snarkjs-process.ts';
import { Groth16ProofJson } from './verify.ts';
import { checkZkey, readZkey, type ZkeyHeader } from './zkey.ts';

/** More than what stands before the signals in a .wtns. */
const WTNS_HEAD = 1024;

/** Who makes the Groth16 proof. */
export type Groth16Prover = 'native' | 'snarkjs';

export interface Groth16Options {
  /** Our own kernels unless it is said. */
  readonly prover?: Groth16Prover | undefined;
  /** Threads of our own prover (1); snarkjs takes all cores. */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How far our own prover is. */
  readonly on?: NativeOptions['on'];
  /** Lines of snarkjs' log. */
  readonly log?: SnarkjsOptions['on'];
}

export interface Groth16Result {
  readonly proof: Groth16ProofJson;
  /** Decimal, in the order of the circuit. */
  readonly publicSignals: readonly string[];
}

/**
 * Memory in bytes that proving under a key takes at most, about. Our own prover: the shared vectors, and in every thread a
 * transform or a piece of points with its buckets (measured at 2^20 with two threads: 0.7 GB). snarkjs: the
 * entries twice, vectors over the domain (A, B, C, their transforms, the threads' copies), sections of points, heaps.
 */
export function proveMemory(
  { domain, entries, signals }: Pick<ZkeyHeader, 'domain' | 'entries' | 'signals'>,
  { prover = 'native', workers = 1 }: Groth16Options = {},
): number {
  if (prover === 'native')
    return (
      FIELD_BYTES * (4 * domain + 3 * signals) + workers * (FIELD_BYTES * (5 * domain + signals) + 2 ** 27) + 2 ** 28
    );
  return 88 * entries + 48 * FIELD_BYTES * domain + 16 * POINT_BYTES * Math.max(domain, signals) + 2 ** 29;
}

/**
 * Proves. `wtns` are the bytes of a .wtns (src/wrap/r1cs/files.ts) or its path; the proof is random, so that two proofs
 * of one witness differ. A witness that does not satisfy the circuit gives a proof that does not verify.
 * @param r1cs the circuit that the key must belong to
 * @throws E_KEY for a damaged key or the key of another circuit, E_FORMAT for no witness of its size, E_MEMORY, E_ABORTED
 */
export async function groth16Prove(
  zkeyPath: string,
  wtns: string | Uint8Array,
  r1cs: R1cs,
  { prover = 'native', workers = 1, signal, on, log }: Groth16Options = {},
): Promise<Groth16Result> {
  const header = await readZkey(zkeyPath);
  checkZkey(header, r1cs);
  if (prover === 'snarkjs') {
    const { proof, publicSignals } = await withEntries(zkeyPath, header, r1cs, (zkey) =>
      runSnarkjs({ verb: 'prove', zkey, wtns }, { signal, on: log }),
    );
    const parsed = Groth16ProofJson.safeParse(proof);
    if (!parsed.success) throw new FoldError('E_BUG', 'snarkjs returned no proof.', { cause: parsed.error });
    return { proof: parsed.data, publicSignals };
  }
  const file = typeof wtns === 'string' ? await readFileBounded(wtns, WTNS_HEAD + header.signals * FIELD_BYTES) : wtns;
  const witness = decodeWtns(r1cs.modulus, file, header.signals);
  const F = field(r1cs.modulus);
  const publicSignals = Array.from({ length: header.publicInputs }, (_, k) =>
    F.fromBytes(witness.subarray((k + 1) * FIELD_BYTES, (k + 2) * FIELD_BYTES)).toString(),
  );
  const entries = entryRows(await createEngine(), r1cs);
  return { proof: await proveNative(zkeyPath, header, entries, witness, { workers, signal, on }), publicSignals };
}

/** The key for snarkjs: with its entries, which are written to a file beside the temporary ones where it has none. */
async function withEntries<T>(
  path: string,
  { entries }: ZkeyHeader,
  r1cs: R1cs,
  work: (zkey: string) => Promise<T>,
): Promise<T> {
  if (entries > 0) return work(path);
  const complete = temporaryPath(join(tmpdir(), basename(path)));
  try {
    await completeKey(path, complete, r1cs, await createEngine());
    return await work(complete);
  } finally {
    await rm(complete, { force: true });
  }
}
