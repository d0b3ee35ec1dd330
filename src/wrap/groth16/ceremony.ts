/**
 * A key that nobody can forge under: from a powers-of-tau file, then contributions, each by somebody who forgets the
 * secret, then a public beacon. One honest contribution is enough. The work is snarkjs', in a process of its own; which
 * contributions suffice is decided here.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { FoldError } from '../../errors.ts';
import { checkTarget, diskError } from '../../store/disk-error.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';
import { type Contribution, readContributions } from './contributions.ts';
import { PtauLog } from './ptau-log.ts';
import { runSnarkjs, type SnarkjsOptions } from './snarkjs-process.ts';
import { readZkey } from './zkey.ts';
import { checkMultiplied } from './zkey-points.ts';

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

/**
 * Adds a contribution with fresh randomness of this machine, which is forgotten; returns its 64-byte hash to publish.
 * @throws E_KEY for a key with a point that would give the secret away; as `newKey`
 */
export async function contribute(
  from: string,
  to: string,
  name: string,
  options: SnarkjsOptions = {},
): Promise<Uint8Array> {
  await checkMultiplied(from, await readZkey(from));
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

/** What a ceremony leaves for people to compare with what was published: nothing shows here who forgot his secret. */
export interface Ceremony {
  /** Of the proving key. */
  readonly key: readonly Contribution[];
  /** Of the powers of tau. */
  readonly ptau: readonly Contribution[];
}

/**
 * Verifies a finished key and all that it was made from: that somebody contributed to both ceremonies and not only beacons,
 * from whose public value everyone derives the secret; that every contribution is as it says; that the powers of tau follow from
 * theirs, in all sections from which a key is made; and that the key is that circuit's, from these powers.
 * @throws E_REJECTED for what is false; E_KEY, E_FORMAT, E_FILE, E_MEMORY, E_ABORTED
 */
export async function verifyCeremony(
  r1cs: string,
  ptau: string,
  zkey: string,
  options: SnarkjsOptions = {},
): Promise<Ceremony> {
  const key = await readContributions(zkey, await readZkey(zkey));
  needSecret(
    'this key',
    key.filter(({ changes }) => changes),
    key,
  );
  const powers = await verifyPtau(ptau, options);
  if (!(await runSnarkjs({ verb: 'verifyKey', r1cs, ptau, zkey }, options)))
    throw new FoldError('E_REJECTED', 'The key is not what it says.', {
      expected: 'the key of this circuit from these powers of tau, every contribution valid',
      got: zkey,
    });
  return { key, ptau: powers };
}

/**
 * Verifies a powers-of-tau file with its transcript: every power, every Lagrange basis, every contribution. Of a ceremony of power
 * 28, whatever power the file was cut to, 103 GB are hashed first: what the ceremony began with. Its random combinations have weights of 32 bits: a wrong file passes with probability 2^-32.
 * @throws E_REJECTED for a file that is not as its contributions say, or has none but beacons
 */
export async function verifyPtau(ptau: string, options: SnarkjsOptions = {}): Promise<readonly Contribution[]> {
  const log = new PtauLog();
  const on = (line: string): void => {
    log.see(line);
    options.on?.(line);
  };
  const holds = await runSnarkjs({ verb: 'verifyPtau', ptau }, { ...options, on });
  if (!holds)
    throw new FoldError('E_REJECTED', 'The powers of tau are not those of their ceremony.', {
      expected: 'powers, Lagrange bases, alpha and beta that follow from valid contributions',
      got: `${ptau}: ${log.last}`,
      hint: 'Do not use this file.',
    });
  needSecret('these powers of tau', log.contributions, log.contributions);
  return log.contributions;
}

function needSecret(of: string, secrets: readonly Contribution[], all: readonly Contribution[]): void {
  if (secrets.some(({ beacon }) => !beacon)) return;
  const told = all.map(({ name, beacon }) => `"${name}"${beacon ? ', a beacon' : ', which changes nothing'}`);
  throw new FoldError('E_REJECTED', `Nobody contributed a secret to ${of}: anyone can forge proofs under it.`, {
    expected: 'at least one contribution that is no beacon, from whose public value everyone derives the secret',
    got: told.join('; ') || 'none at all',
  });
}
