/** A compressed proof as a file (compressed.cbor): tens of kilobytes, beside 64 bytes for every step that is still to come. */
import * as z from 'zod';
import type { CompressedProof } from '../compressed/proof.ts';
import { FoldError } from '../errors.ts';
import { issueText, listOf } from './bounded.ts';
import { decodeFile, encodeFile } from './files.ts';
import {
  bytes,
  claimParts,
  decodeClaim,
  element,
  encodeClaim,
  fr,
  g1,
  grumpkin,
  MAX_BLOCKS,
  point,
  points,
  toElement,
  toPoint,
} from './proof-parts.ts';

export const COMPRESSED_FORMAT = 'compressed-proof';
const VERSION = 1;
/** Mostly commitments of steps to come, at most 2^20 of them. */
export const MAX_COMPRESSED_BYTES = 2 ** 27;

/** Coordinates of a sum-check or an opening. */
const MAX_ROUNDS = 64;
const elements = listOf(element, MAX_ROUNDS);
const rounds = listOf(listOf(element, 8), MAX_ROUNDS);
const evaluations = z.strictObject({ blocks: listOf(element, MAX_BLOCKS), s: element });

const Body = z.strictObject({
  ...claimParts,
  running: z.strictObject(claimParts.running),
  cycleFold: z.strictObject(claimParts.cycleFold),
  last: z.strictObject(claimParts.last),
  messages: z.strictObject({ h: elements, t: elements, cms: points, fresh: points }),
  cycleFoldOpening: z.strictObject({ w: bytes, e: bytes, blinding: bytes }),
  spartan: z.strictObject({
    linear: element,
    outer: rounds,
    a: element,
    b: element,
    l: element,
    inner: rounds,
    claims: listOf(element, MAX_BLOCKS),
  }),
  opening: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('pairing'),
      s: point,
      evaluations: listOf(evaluations, 2),
      w1: point,
      w2: point,
    }),
    z.strictObject({ kind: z.literal('inner-product'), rounds: listOf(listOf(point, 2), MAX_ROUNDS), a: element }),
  ]),
});
type Body = z.infer<typeof Body>;

/** The messages of a Spartan proof, each element by `of`. */
function ofSpartan<A, B>({ linear, outer, a, b, l, inner, claims }: SpartanMessages<A>, of: (element: A) => B) {
  const rounds = (list: readonly (readonly A[])[]): B[][] => list.map((round) => round.map(of));
  return {
    ...{ linear: of(linear), outer: rounds(outer), a: of(a), b: of(b), l: of(l) },
    ...{ inner: rounds(inner), claims: claims.map(of) },
  };
}

type SpartanMessages<A> = { readonly [name in 'linear' | 'a' | 'b' | 'l']: A } & {
  readonly [name in 'outer' | 'inner']: readonly (readonly A[])[];
} & { readonly claims: readonly A[] };

/** Equal proofs give equal bytes. */
export function encodeCompressed(proof: CompressedProof): Uint8Array {
  const { messages, spartan, opening } = proof;
  const body: Body = {
    ...encodeClaim(proof),
    messages: {
      h: messages.h.map(toElement),
      t: messages.t.map(toElement),
      cms: messages.cms.map(toPoint),
      fresh: messages.fresh.map(toPoint),
    },
    cycleFoldOpening: { ...proof.cycleFoldOpening },
    spartan: ofSpartan(spartan, toElement),
    opening:
      opening.kind === 'pairing'
        ? {
            kind: opening.kind,
            s: toPoint(opening.s),
            evaluations: opening.evaluations.map(({ blocks, s }) => ({
              blocks: blocks.map(toElement),
              s: toElement(s),
            })),
            w1: toPoint(opening.w1),
            w2: toPoint(opening.w2),
          }
        : { kind: opening.kind, rounds: opening.rounds.map((round) => round.map(toPoint)), a: toElement(opening.a) },
  };
  return encodeFile(COMPRESSED_FORMAT, VERSION, body);
}

/** Lengths of lists are the verifier's to check. @throws E_FORMAT for what is no such file, is damaged, or has a value that is not canonical */
export function decodeCompressed(file: Uint8Array): CompressedProof {
  const parsed = Body.safeParse(decodeFile(file, COMPRESSED_FORMAT, [VERSION], MAX_COMPRESSED_BYTES).body);
  if (!parsed.success)
    throw new FoldError('E_FORMAT', 'The compressed proof has wrong fields.', { got: issueText(parsed.error) });
  const { messages, spartan, opening, cycleFoldOpening } = parsed.data;
  return {
    ...decodeClaim(parsed.data),
    messages: {
      h: messages.h.map(fr),
      t: messages.t.map(fr),
      cms: messages.cms.map(g1),
      fresh: messages.fresh.map(grumpkin),
    },
    cycleFoldOpening,
    spartan: ofSpartan(spartan, fr),
    opening:
      opening.kind === 'pairing'
        ? {
            kind: opening.kind,
            s: g1(opening.s),
            evaluations: pairOf(opening.evaluations.map(({ blocks, s }) => ({ blocks: blocks.map(fr), s: fr(s) }))),
            w1: g1(opening.w1),
            w2: g1(opening.w2),
          }
        : { kind: opening.kind, rounds: opening.rounds.map((round) => pairOf(round.map(g1))), a: fr(opening.a) },
  };
}

/** @throws E_FORMAT */
function pairOf<T>(list: readonly T[]): readonly [T, T] {
  const [first, second] = list;
  if (list.length !== 2)
    throw new FoldError('E_FORMAT', 'The compressed proof has wrong fields.', { expected: 'two of each' });
  return [first!, second!];
}
