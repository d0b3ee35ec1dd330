/** Proving keys of final proofs: the development key, and those that were made elsewhere. One serves what its circuit serves. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FoldError } from '../errors.ts';
import { counter, stage } from '../events.ts';
import { blockNames } from '../folding/blocks.ts';
import { makeFolder } from '../store/atomic.ts';
import { cacheFolder, OTHER_CACHE, sweepCache } from '../store/cache.ts';
import { writeDevelopmentKey } from '../wrap/groth16/development-key.ts';
import { checkKeyDigest, isWhole, writeKeyDigest } from '../wrap/groth16/key-digest.ts';
import { checkZkey, exportVerificationKey, readZkey, type ZkeyHeader } from '../wrap/groth16/zkey.ts';
import { verificationKeyOf } from '../wrap/proof-json.ts';
import type { R1cs } from '../wrap/r1cs/r1cs.ts';
import { checkVerificationKey, isInsecure, type VerificationKey } from '../wrap/verification-key.ts';
import { hex } from './statement.ts';
import { defaultWorkers } from './workers.ts';
import type { WrapOptions, WrapTarget } from './wrap-circuit.ts';

/** A proving key on disk with the verification key that belongs to it. */
export interface WrapKey {
  readonly path: string;
  readonly verification: VerificationKey;
  readonly insecure: boolean;
  /** Whether `setupDevelopmentWrap` makes it again where it is damaged. */
  readonly renewable: boolean;
}

/** Where the proving key of a plan on its commitment key lies in the cache. pp decides the circuit, so it names the key. */
export function wrapKeyPath({ system, key }: Pick<WrapTarget, 'system' | 'key'>): string {
  const name = hex(system.pp).slice(2, 34);
  return join(cacheFolder(), 'wrap-key', `${name}${key.insecure ? '-INSECURE-dev' : ''}.zkey`);
}

/** Of `setupDevelopmentWrap`. */
export interface SetupOptions extends WrapOptions {
  /** Where the key goes instead of into the cache. */
  readonly path?: string | undefined;
  /** Is told before a key is made, and why: there is none, or the one that is there is damaged or of another circuit or version. */
  readonly making?: ((why: 'absent' | 'damaged' | 'another') => void) | undefined;
}

/**
 * The development key of a wrap, from the cache or made there: seconds, some 50 MB and more. INSECURE: its secrets are
 * public and the same on every machine. One that is damaged is made again.
 * @throws E_DISK, E_MEMORY, E_ABORTED
 */
export async function setupDevelopmentWrap(
  target: WrapTarget,
  r1cs: R1cs,
  options: SetupOptions = {},
): Promise<WrapKey> {
  const path = options.path ?? wrapKeyPath(target);
  const found = await developmentKeyAt(path, r1cs);
  if (found !== 'usable') {
    options.making?.(found);
    await stage(options.on, 'setup', async () => {
      await makeFolder(dirname(path), options.path === undefined ? { elsewhere: OTHER_CACHE } : {});
      if (options.path === undefined) await sweepCache();
      const told = counter(options.on, 'setup', 'points');
      await writeDevelopmentKey(path, r1cs, {
        engine: target.engine,
        workers: options.workers ?? defaultWorkers(),
        signal: options.signal,
        on: ({ done, total }) => told(done, total),
      });
      await writeKeyDigest(path);
    });
  }
  return { ...(await openKey(target, r1cs, path)), renewable: true };
}

/** A development key can be made again, so that one whose digest is not known is not believed. */
async function developmentKeyAt(path: string, r1cs: R1cs): Promise<'usable' | 'absent' | 'damaged' | 'another'> {
  const there = await stat(path).catch(() => undefined);
  if (!there) return 'absent';
  try {
    const whole = await isWhole(path);
    if (whole === undefined) return 'another';
    if (!whole) return 'damaged';
    return isKeyOf(await readZkey(path), r1cs) ? 'usable' : 'another';
  } catch (error) {
    if (error instanceof FoldError && (error.code === 'E_KEY' || error.code === 'E_FILE')) return 'damaged';
    throw error;
  }
}

/** An older version of this program may have left the key of another circuit, or half of one, under this name. */
function isKeyOf(header: ZkeyHeader, r1cs: R1cs): boolean {
  try {
    checkZkey(header, r1cs);
    return true;
  } catch (error) {
    if (error instanceof FoldError && error.code === 'E_KEY') return false;
    throw error;
  }
}

/**
 * A proving key made elsewhere, checked to belong to this circuit.
 * @throws E_KEY for a damaged key, that of another plan, or one to which nobody contributed; E_FILE
 */
export async function loadWrapKey(target: WrapTarget, r1cs: R1cs, path: string): Promise<WrapKey> {
  await checkKeyDigest(path);
  return openKey(target, r1cs, path);
}

async function openKey(target: WrapTarget, r1cs: R1cs, path: string): Promise<WrapKey> {
  const header = await readZkey(path);
  checkZkey(header, r1cs);
  const tau = await target.key.loadTau();
  const verification = verificationKeyOf(await exportVerificationKey(path, header), {
    tau,
    blocks: blockNames(target.system.step.blocks),
  });
  checkVerificationKey(verification);
  return { path, verification, insecure: isInsecure(verification), renewable: false };
}
