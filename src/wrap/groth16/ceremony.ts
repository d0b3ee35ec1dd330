/**
 * A key that nobody can forge under: from a powers-of-tau file, then contributions, each by somebody who forgets the
 * secret, then a public beacon. One honest contribution is enough. All of it is snarkjs' work, in a process of its own.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FoldError } from '../../errors.ts';
import { checkTarget, diskError } from '../../store/disk-error.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';
import { runSnarkjs, type SnarkjsOptions } from './snarkjs-process.ts';

/** Writes `to` by way of a temporary name beside it, so that it is whole or absent. */
async function whole<T>(to: string, make: (temporary: string) => Promise<T>): Promise<T> {
  checkTarget(to);
  await sweepLeft(dirname(to), basename(to));
  const temporary = temporaryPath(to);
  // snarkjs' own words for a place that cannot be written come after minutes, and name neither the place nor the reason
  await open(temporary, 'wx').then(
    (file) => file.close(),
    (cause) => {
      throw diskError(cause, to);
    },
  );
  try {
    const result = await make(temporary);
    await rename(temporary, to).catch((cause) => {
      throw diskError(cause, to);
    });
    return result;
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * The first key of a circuit: not usable before somebody contributes, since its delta is 1.
 * @param r1cs path of the .r1cs file; `ptau` path of a prepared (phase 2) powers-of-tau file at least as large
 * @returns snarkjs' 64-byte hash of the circuit
 * @throws E_KEY (too small a file, another curve, not prepared), E_FILE, E_MEMORY, E_DISK, E_ABORTED
 */
export function newKey(r1cs: string, ptau: string, zkey: string, options: SnarkjsOptions = {}): Promise<Uint8Array> {
  return whole(zkey, (to) => runSnarkjs({ verb: 'newKey', r1cs, ptau, zkey: to }, options));
}

/** Adds a contribution with fresh randomness of this machine, which is forgotten; returns its 64-byte hash to publish. */
export function contribute(from: string, to: string, name: string, options: SnarkjsOptions = {}): Promise<Uint8Array> {
  const entropy = randomBytes(64).toString('hex');
  return whole(to, (target) => runSnarkjs({ verb: 'contribute', from, to: target, name, entropy }, options));
}

/**
 * Ends the ceremony with a public random value that nobody could know before, hashed 2^iterationsExp times.
 * @param beacon hex, for example the hash of a block announced beforehand
 * @throws E_USAGE for a beacon that is not hex or iterations outside 10..63
 */
export async function applyBeacon(
  from: string,
  to: string,
  name: string,
  beacon: string,
  iterationsExp: number,
  options: SnarkjsOptions = {},
): Promise<Uint8Array> {
  if (!/^([0-9a-fA-F]{2}){1,255}$/.test(beacon))
    throw new FoldError('E_USAGE', 'The beacon is not a value.', { expected: 'up to 255 bytes in hex', got: beacon });
  if (!Number.isInteger(iterationsExp) || iterationsExp < 10 || iterationsExp > 63)
    throw new FoldError('E_USAGE', 'Bad number of iterations.', { expected: '10 to 63', got: `${iterationsExp}` });
  return whole(to, (target) => runSnarkjs({ verb: 'beacon', from, to: target, name, beacon, iterationsExp }, options));
}

/** True when the key is that circuit's, made from that powers-of-tau file, and every contribution is as it says. */
export function verifyKey(r1cs: string, ptau: string, zkey: string, options: SnarkjsOptions = {}): Promise<boolean> {
  return runSnarkjs({ verb: 'verifyKey', r1cs, ptau, zkey }, options);
}
