/**
 * Points of G2 as .zkey files hold them: x = x0 + x1 i and y, 32 bytes per part, little-endian Montgomery form a 2^256 mod q;
 * infinity is all zeros.
 */
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q } from '../../algebra/params.ts';

export const G2_BYTES = 4 * FIELD_BYTES;

type Fp2 = { readonly c0: bigint; readonly c1: bigint };

/** x, y as bytes in Montgomery form. */
export function encodeG2({ x, y }: { readonly x: Fp2; readonly y: Fp2 }): Uint8Array {
  const F = field(Q);
  return Buffer.concat([x.c0, x.c1, y.c0, y.c1].map((part) => F.toBytes(F.create(part << 256n))));
}
