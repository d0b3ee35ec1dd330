/**
 * The points of a .zkey that a contribution multiplies by its secret: delta, and the inverse times the sections 8 and 9. The key comes
 * from whoever contributed before, or from an attacker who wants the secret: the formulas for adding points do not use the curve's
 * constant, so that a point of another curve is multiplied on that one. On y^2 = x^3 the factor can be read off: k (1, 1) has
 * x / y = k. So every such point must be in its group before the secret exists; in G1, whose order is prime, on the curve.
 */
import { open } from 'node:fs/promises';
import type { Engine } from '../../algebra/engine.ts';
import { POINT_BYTES } from '../../algebra/engine.ts';
import { createEngine } from '../../algebra/index.ts';
import { fromMontgomery } from '../../algebra/montgomery.ts';
import { FoldError } from '../../errors.ts';
import { inG2 } from '../verification-key.ts';
import { G2_BYTES } from './g2.ts';
import { decodePoints, readBytes, type ZkeyHeader } from './zkey.ts';

const MULTIPLIED = [8, 9] as const;
/** Points read at a time (1 MB). */
const CHUNK = 1 << 14;

/** @throws E_KEY for a point that is in no group of the key, E_FILE */
export async function checkMultiplied(path: string, { sections, points }: ZkeyHeader): Promise<void> {
  const engine = await createEngine();
  // behind alpha1, beta1, beta2 and gamma2
  const delta1 = 2 * POINT_BYTES + 2 * G2_BYTES;
  if (!onCurve(engine, points.subarray(delta1, delta1 + POINT_BYTES))) throw foreign('[delta]_1');
  const [x0, x1, y0, y1] = decodePoints(points, delta1 + POINT_BYTES, 4);
  if (!inG2({ x: { c0: x0!, c1: x1! }, y: { c0: y0!, c1: y1! } })) throw foreign('[delta]_2');
  const handle = await open(path, 'r');
  try {
    for (const type of MULTIPLIED) {
      const { start, size } = sections.get(type)!;
      for (let at = 0; at < size; at += CHUNK * POINT_BYTES) {
        const bytes = await readBytes(handle, start + at, Math.min(CHUNK * POINT_BYTES, size - at));
        if (!onCurve(engine, bytes)) throw foreign(`a point of section ${type}`);
      }
    }
  } finally {
    await handle.close();
  }
}

/** Whether all points are on the curve; those at infinity, of signals that nothing uses, are all zeros. */
function onCurve(engine: Engine, bytes: Uint8Array): boolean {
  const kept = Array.from({ length: bytes.length / POINT_BYTES }, (_, i) =>
    bytes.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES),
  ).filter((point) => point.some((byte) => byte !== 0));
  if (kept.length === 0) return true;
  return engine.g1.onCurve(engine.g1.fromCanonicalPoints(fromMontgomery(Buffer.concat(kept), engine)));
}

const foreign = (name: string): FoldError =>
  new FoldError('E_KEY', `The key has ${name} that is not of its group: a contribution would give its secret away.`, {
    expected: 'a key as fold setup and fold key contribute make it',
    got: 'a point of another curve',
    hint: 'Contribute nothing to this key, and ask where it comes from.',
  });
