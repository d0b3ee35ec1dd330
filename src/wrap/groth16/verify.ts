/**
 * Groth16 verification (ePrint 2016/260) on noble's pairing, of keys and proofs in snarkjs' JSON shape:
 * e(A, B) = e(alpha, beta) e(sum_s x_s IC_s, gamma) e(C, delta) with x_0 = 1.
 *
 * Everything comes from outside, so every point is checked: on the curve, in G2 also in the group (the twist has
 * others), coordinates canonical. Public inputs must be below r, or one statement would have several spellings.
 */
import { bn254 } from '@noble/curves/bn254.js';
import * as z from 'zod';
import { Q, R } from '../../algebra/params.ts';
import { FoldError } from '../../errors.ts';
import { issueText, listOf } from '../../store/bounded.ts';
import { knownRatio } from '../known-secrets.ts';

/** Public inputs of any circuit that is verified here. */
const MAX_INPUTS = 1024;

const Decimal = z.string().regex(/^(0|[1-9][0-9]{0,77})$/);
const G1Json = z.tuple([Decimal, Decimal, Decimal]);
const Fq2Json = z.tuple([Decimal, Decimal]);
const G2Json = z.tuple([Fq2Json, Fq2Json, Fq2Json]);

export const Groth16ProofJson = z.object({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  pi_a: G1Json,
  pi_b: G2Json,
  pi_c: G1Json,
});
export type Groth16ProofJson = z.infer<typeof Groth16ProofJson>;

export const VerificationKeyJson = z.object({
  protocol: z.literal('groth16'),
  curve: z.literal('bn128'),
  nPublic: z.int().min(0).max(MAX_INPUTS),
  vk_alpha_1: G1Json,
  vk_beta_2: G2Json,
  vk_gamma_2: G2Json,
  vk_delta_2: G2Json,
  IC: listOf(G1Json, MAX_INPUTS + 1),
  /** The secrets behind this key are public: a proof under it shows nothing. */
  insecure: z.literal(true).optional(),
  name: z.string().optional(),
});
export type VerificationKeyJson = z.infer<typeof VerificationKeyJson>;

const PublicSignalsJson = listOf(Decimal, MAX_INPUTS);

export const g1Json = (c: readonly bigint[]): z.infer<typeof G1Json> => [`${c[0]}`, `${c[1]}`, '1'];
export const g2Json = (c: readonly bigint[]): z.infer<typeof G2Json> => [
  [`${c[0]}`, `${c[1]}`],
  [`${c[2]}`, `${c[3]}`],
  ['1', '0'],
];

type G1Point = typeof bn254.G1.Point.BASE;
type G2Point = typeof bn254.G2.Point.BASE;

/**
 * True when the proof holds for these public inputs under this key. The three values are parsed, never believed.
 * @throws E_FORMAT for anything that is not shaped like a key, inputs and a proof; E_KEY for a key whose points are
 *         not usable or to whose second phase nobody contributed (delta a small multiple of gamma: anyone forges); E_REJECTED for points or
 *         inputs of the proof that no honest prover sends
 */
export function groth16Verify(key: unknown, publicSignals: unknown, proof: unknown): boolean {
  const vk = parse(VerificationKeyJson, key, 'verification key');
  const inputs = parse(PublicSignalsJson, publicSignals, 'list of public inputs').map(BigInt);
  const { pi_a, pi_b, pi_c } = parse(Groth16ProofJson, proof, 'Groth16 proof');
  if (vk.IC.length !== vk.nPublic + 1)
    throw fail('E_KEY', 'The verification key is inconsistent.', `${vk.nPublic + 1} points IC`, `${vk.IC.length}`);
  if (inputs.length !== vk.nPublic)
    throw fail('E_REJECTED', 'Wrong number of public inputs.', `${vk.nPublic}`, `${inputs.length}`);
  const wide = inputs.findIndex((x) => x >= R);
  if (wide >= 0)
    throw fail('E_REJECTED', `Public input ${wide} is not canonical.`, 'a value below r', `${inputs[wide]}`);

  const [gamma, delta] = [g2(vk.vk_gamma_2, 'E_KEY', 'gamma'), g2(vk.vk_delta_2, 'E_KEY', 'delta')];
  const ratio = knownRatio(gamma, delta);
  if (ratio !== undefined)
    throw fail(
      'E_KEY',
      'Nobody has contributed to this key: anyone can forge under it.',
      'delta of which nobody knows what multiple of gamma it is',
      `a ratio of ${ratio} or -${ratio}`,
    );
  const terms = vk.IC.map((point, s) => {
    const p = g1(point, 'E_KEY', `IC ${s}`);
    return s === 0 ? p : p.multiplyUnsafe(inputs[s - 1]!);
  });
  const statement = terms.reduce((sum, term) => sum.add(term), bn254.G1.Point.ZERO);
  const pairs = [
    { g1: g1(pi_a, 'E_REJECTED', 'A').negate(), g2: g2(pi_b, 'E_REJECTED', 'B') },
    { g1: g1(vk.vk_alpha_1, 'E_KEY', 'alpha'), g2: g2(vk.vk_beta_2, 'E_KEY', 'beta') },
    { g1: statement, g2: gamma },
    { g1: g1(pi_c, 'E_REJECTED', 'C'), g2: delta },
  ];
  // a pairing with infinity is 1, and noble wants it left out
  const product = bn254.pairingBatch(pairs.filter((pair) => !pair.g1.is0()));
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

function fail(code: 'E_KEY' | 'E_REJECTED', message: string, expected: string, got: string): FoldError {
  return new FoldError(code, message, { expected, got });
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new FoldError('E_FORMAT', `This is not a ${what}.`, {
    expected: `a ${what} in the format of snarkjs`,
    got: issueText(result.error),
  });
}

/** A point that is not infinity, on the curve, coordinates canonical. */
function g1([x, y, one]: z.infer<typeof G1Json>, code: 'E_KEY' | 'E_REJECTED', name: string): G1Point {
  return checked(code, name, one === '1', [x, y], ([a, b]) => bn254.G1.Point.fromAffine({ x: a!, y: b! }));
}

function g2([x, y, one]: z.infer<typeof G2Json>, code: 'E_KEY' | 'E_REJECTED', name: string): G2Point {
  return checked(code, name, one.join() === '1,0', [...x, ...y], ([x0, x1, y0, y1]) =>
    bn254.G2.Point.fromAffine({ x: { c0: x0!, c1: x1! }, y: { c0: y0!, c1: y1! } }),
  );
}

function checked<P extends { assertValidity(): void }>(
  code: 'E_KEY' | 'E_REJECTED',
  name: string,
  affine: boolean,
  decimals: readonly string[],
  make: (coordinates: readonly bigint[]) => P,
): P {
  const error = () => fail(code, `Point ${name} is not valid.`, 'a point of the group, not infinity', decimals.join());
  const coordinates = decimals.map(BigInt);
  if (!affine || coordinates.some((c) => c >= Q) || coordinates.every((c) => c === 0n)) throw error();
  try {
    const point = make(coordinates);
    point.assertValidity();
    return point;
  } catch {
    throw error();
  }
}
