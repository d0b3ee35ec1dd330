/** The one thing measured of ffjavascript (untyped): multi-scalar multiplication on BN254's G1, in one thread. */
// @ts-expect-error the package has no types
import { buildBn128 } from 'ffjavascript';

interface Curve {
  readonly G1: {
    multiExpAffine(bases: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>;
    toAffine(p: Uint8Array): Uint8Array;
  };
  terminate(): Promise<void>;
}

/**
 * (bases, scalars) -> the sum as 64 bytes. Bases: affine, Montgomery form with 2^256. Scalars: canonical little-endian, all
 * of the same number of bytes (1 for bits).
 */
export async function ffjavascript(): Promise<(bases: Uint8Array, scalars: Uint8Array) => Promise<Uint8Array>> {
  const { G1 } = (await buildBn128(true)) as Curve;
  return async (bases, scalars) => G1.toAffine(await G1.multiExpAffine(bases, scalars));
}
