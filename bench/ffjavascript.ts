/** The one thing measured of ffjavascript (untyped): multi-scalar multiplication on BN254's G1. */
// @ts-expect-error the package has no types
import { buildBn128 } from 'ffjavascript';

interface Curve {
  readonly G1: {
    multiExpAffine(bases: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>;
    toAffine(p: Uint8Array): Uint8Array;
  };
  terminate(): Promise<void>;
}

export interface OutsideSum {
  sum(bases: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>;
  /** Ends its threads. */
  close(): Promise<void>;
}

/**
 * (bases, scalars) -> the sum as 64 bytes. Bases: affine, Montgomery form with 2^256. Scalars: canonical little-endian, all
 * of the same number of bytes (1 for bits). `threads`: one, or as many as the machine has cores.
 */
export async function ffjavascript(threads: 'one' | 'all' = 'one'): Promise<OutsideSum> {
  const curve = (await buildBn128(threads === 'one')) as Curve;
  const { G1 } = curve;
  return {
    sum: async (bases, scalars) => G1.toAffine(await G1.multiExpAffine(bases, scalars)),
    close: () => curve.terminate(),
  };
}
