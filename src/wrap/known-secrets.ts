/**
 * Secrets that everyone knows. Groth16 and KZG are sound while nobody knows alpha, beta, delta and tau; whoever knows ONE
 * of them forges. With alpha, for example, A = alpha [beta]_1 + [sum x_s IC_s]_1 and B = [1]_2 satisfy the verifier's equation for
 * any public inputs. No check of points shows that a secret is unknown: that is the transcript of the ceremony. What can be
 * seen is that a point is a small multiple of the generator, as where nobody contributed, or that of a development key.
 */
import { type CurvePoint, type CurvePointCons, normalizeZ } from '@noble/curves/abstract/curve.js';
import { bn254 } from '@noble/curves/bn254.js';
import type { Affine } from '../algebra/params.ts';
import { DEVELOPMENT_TAU } from '../folding/commitment-key.ts';
import type { AffineG2 } from './final-proof.ts';
import { DEVELOPMENT_SECRETS } from './groth16/development.ts';

export interface KnownSecret {
  /** Of a development key: usable for trials, where it is called insecure. Others are of no use at all. */
  readonly development: boolean;
  /** For people: "1", "3 or -3", "a development key's tau". */
  readonly value: string;
}

/** Multiples of the generator up to this one, and their negatives, are tried. */
const SMALL = 64;

const DEVELOPMENT: readonly (readonly [name: string, secret: bigint])[] = [
  ['tau', DEVELOPMENT_TAU],
  ...Object.entries(DEVELOPMENT_SECRETS),
];

/** The secret k of the point [k], if it is one that everyone knows. The point must be valid, and not infinity. */
export function knownSecret(point: Affine | AffineG2): KnownSecret | undefined {
  return typeof point.x === 'bigint' ? inG1().get(`${point.x}`) : inG2().get(`${point.x.c0} ${point.x.c1}`);
}

/**
 * "j/k" where j a = k b or -k b for small j and k. With gamma and delta of a verification key so related anyone forges: A = alpha,
 * B = beta, and C the inputs' sum times a factor that everyone knows.
 */
export function knownRatio(a: G2Point, b: G2Point): string | undefined {
  const [ofA, ofB] = [a, b].map((p) => smallMultiples(bn254.G2.Point, p).map(({ x }) => `${x.c0} ${x.c1}`)) as [
    string[],
    string[],
  ];
  const j = ofA.findIndex((x) => ofB.includes(x));
  return j < 0 ? undefined : `${j + 1}/${ofB.indexOf(ofA[j]!) + 1}`;
}

type G2Point = typeof bn254.G2.Point.BASE;

/** By the x coordinate, which k and -k have in common. */
type Known = ReadonlyMap<string, KnownSecret>;

const inG1 = once(() => tableOf(multiplesOf(bn254.G1.Point).map(({ x }) => `${x}`)));
const inG2 = once(() => tableOf(multiplesOf(bn254.G2.Point).map(({ x }) => `${x.c0} ${x.c1}`)));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** 1 to SMALL times the generator, then the development keys' points; affine. */
function multiplesOf<P extends CurvePoint<unknown, P>>(point: CurvePointCons<P> & { readonly BASE: P }): P[] {
  const development = DEVELOPMENT.map(([, secret]) => point.BASE.multiplyUnsafe(secret));
  return [...smallMultiples(point, point.BASE), ...normalizeZ(point, development)];
}

/** 1 to SMALL times a point, affine. */
function smallMultiples<P extends CurvePoint<unknown, P>>(curve: CurvePointCons<P>, point: P): P[] {
  const multiples = [point];
  for (let k = 2; k <= SMALL; k++) multiples.push(multiples.at(-1)!.add(point));
  return normalizeZ(curve, multiples);
}

function tableOf(xs: readonly string[]): Known {
  return new Map(
    xs.map((x, i): [string, KnownSecret] => {
      if (i < SMALL) return [x, { development: false, value: i === 0 ? '1 or -1' : `${i + 1} or -${i + 1}` }];
      return [x, { development: true, value: `a development key's ${DEVELOPMENT[i - SMALL]![0]}` }];
    }),
  );
}
