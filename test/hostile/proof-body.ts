/** A folded proof's file, well-formed to its last field, with counts that are not true. */
import { encode } from 'cborg';
import { container } from './bytes.ts';

export interface Claims {
  /** Of the last instance, packed, eight in a byte; the running one has none. */
  readonly bits?: number;
  /** How many there are by their own word. */
  readonly claimedBits?: number;
  /** Commitments of a byte each. */
  readonly remaining?: number;
}

export function proofBody({ bits = 0, claimedBits = bits, remaining = 0 }: Claims): Uint8Array {
  const element = new Uint8Array(32);
  const point = new Uint8Array(64);
  const state = [element, element, element];
  const packed = new Uint8Array(4 + Math.ceil(bits / 8));
  new DataView(packed.buffer).setUint32(0, claimedBits, true);
  const opening = (bits: Uint8Array) => {
    const empty = new Uint8Array(0);
    return [
      { bits: empty, fields: empty, blinding: element },
      { bits, fields: empty, blinding: new Uint8Array(128) },
    ];
  };
  const cms = [point, point];
  const body = {
    statement: {
      wires: { pp: element, stepsPerNetwork: element, modelDigest: element, root: element },
      ...{ steps: 1, z0: state, z: state, m: element },
    },
    running: {
      ...{ cms, claim: { u: element, x: element, rho: [], v: element } },
      opening: opening(new Uint8Array(0)),
    },
    cycleFold: { c: point, u: element, x: [], w: element, e: element, blinding: element },
    last: { x: element, cms, opening: opening(packed) },
    remaining: Array.from({ length: remaining }, () => new Uint8Array(0)),
    path: [],
  };
  return container('folded-proof', 3, encode(body));
}
