/**
 * The files that are shared: proof.json, public.json and verification_key.json, in snarkjs' names and shapes, so that
 * `snarkjs groth16 verify` reads its part of them; what is ours stands under "layerfold". Its part shows nothing without
 * the opening: a prover is free to make up the polynomials' values that the circuit is told (final-proof.ts).
 *
 * Numbers are decimal strings; points are projective with last coordinate 1: ["x", "y", "1"], in G2
 * [["c0", "c1"], ["c0", "c1"], ["1", "0"]]. A file may come from anyone: parsing admits one spelling of each number and
 * bounds every length. Whether points lie on their curves is the verifier's business.
 */
import { z } from 'zod';
import { type Affine, Q, R } from '../algebra/params.ts';
import { FoldError } from '../errors.ts';
import { firstIssue, listOf } from '../store/bounded.ts';
import { type AffineG2, type FinalProof, type FinalStatement, PUBLIC_SIGNALS, publicSignals } from './final-proof.ts';
import { isInsecure, type VerificationKey } from './verification-key.ts';

const below = (modulus: bigint) =>
  z
    .string()
    .regex(/^(0|[1-9][0-9]{0,77})$/, 'a decimal number')
    .refine((text) => BigInt(text) < modulus, `a number below ${modulus}`);
const element = below(R);
const coordinate = below(Q);
const pair = z.tuple([coordinate, coordinate]);
const g1 = z.tuple([coordinate, coordinate, z.literal('1')]);
const g2 = z.tuple([pair, pair, z.tuple([z.literal('1'), z.literal('0')])]);
const system = { protocol: z.literal('groth16'), curve: z.literal('bn128') };

const proofSchema = z.object({
  ...system,
  pi_a: g1,
  pi_b: g2,
  pi_c: g1,
  layerfold: z.object({
    version: z.literal(1),
    statement: z.strictObject({
      modelDigest: element,
      inputDigest: element,
      outputDigest: element,
      revealed: element,
      steps: element,
      root: element,
    }),
    cmM: g1,
    cmP: g1,
    s: g1,
    w1: g1,
    w2: g1,
    zeta: element,
    g: element,
    f1: element,
    f2: element,
  }),
});

const keySchema = z.object({
  ...system,
  nPublic: z.literal(PUBLIC_SIGNALS),
  vk_alpha_1: g1,
  vk_beta_2: g2,
  vk_gamma_2: g2,
  vk_delta_2: g2,
  IC: listOf(g1, PUBLIC_SIGNALS + 1, PUBLIC_SIGNALS + 1),
  /** The secrets behind this key are public: a proof under it shows nothing. */
  insecure: z.literal(true).optional(),
  name: z.string().max(200).optional(),
  layerfold: z.object({ version: z.literal(1), tau: g2 }),
});

const INSECURE_NAME = 'layerfold INSECURE development key: anyone can forge proofs under it';

const publicSchema = listOf(element, PUBLIC_SIGNALS, PUBLIC_SIGNALS);

export type ProofJson = z.infer<typeof proofSchema>;
/** A verification key of snarkjs with [tau]_2 of the commitment key under "layerfold". */
export type VerificationKeyJson = z.infer<typeof keySchema>;

/** The content of proof.json. */
export function proofToJson(statement: FinalStatement, { groth16, opening }: FinalProof): ProofJson {
  const { cmM, cmP, s, w1, w2, zeta, g, f1, f2 } = opening;
  const { modelDigest, inputDigest, outputDigest, revealed, steps, root } = statement;
  return {
    ...groth16ToJson(groth16),
    layerfold: {
      version: 1,
      statement: decimals({ modelDigest, inputDigest, outputDigest, revealed, steps, root }),
      ...{ cmM: g1Json(cmM), cmP: g1Json(cmP), s: g1Json(s), w1: g1Json(w1), w2: g1Json(w2) },
      ...decimals({ zeta, g, f1, f2 }),
    },
  };
}

/** Groth16's part of proof.json: what `snarkjs groth16 verify` reads. */
export function groth16ToJson({ a, b, c }: FinalProof['groth16']): Omit<ProofJson, 'layerfold'> {
  return { protocol: 'groth16', curve: 'bn128', pi_a: g1Json(a), pi_b: g2Json(b), pi_c: g1Json(c) };
}

/** @throws E_FORMAT naming the field */
export function proofFromJson(json: unknown): { statement: FinalStatement; proof: FinalProof } {
  const { pi_a, pi_b, pi_c, layerfold } = parse(proofSchema, json, 'proof.json');
  const { statement, cmM, cmP, s, w1, w2, zeta, g, f1, f2 } = layerfold;
  return {
    statement: bigints(statement),
    proof: {
      groth16: { a: g1Point(pi_a), b: g2Affine(pi_b), c: g1Point(pi_c) },
      opening: {
        ...{ cmM: g1Point(cmM), cmP: g1Point(cmP), s: g1Point(s), w1: g1Point(w1), w2: g1Point(w2) },
        ...bigints({ zeta, g, f1, f2 }),
      },
    },
  };
}

/** Groth16's part of a proof.json or of snarkjs' own proof object. @throws E_FORMAT */
export function groth16FromJson(json: unknown): FinalProof['groth16'] {
  const { pi_a, pi_b, pi_c } = parse(proofSchema.omit({ layerfold: true }), json, 'proof.json');
  return { a: g1Point(pi_a), b: g2Affine(pi_b), c: g1Point(pi_c) };
}

/** The content of public.json: what snarkjs verifies against. */
export function publicToJson(statement: FinalStatement, { opening }: FinalProof): string[] {
  return publicSignals(statement, opening).map(String);
}

/**
 * public.json carries nothing that proof.json does not; a file that says something else is refused.
 * @throws E_FORMAT, E_REJECTED
 */
export function checkPublicJson(json: unknown, statement: FinalStatement, proof: FinalProof): void {
  const given = parse(publicSchema, json, 'public.json');
  const own = publicToJson(statement, proof);
  const i = own.findIndex((value, at) => value !== given[at]);
  if (i >= 0)
    throw new FoldError('E_REJECTED', `Public input ${i} of public.json is not that of proof.json.`, {
      expected: own[i]!,
      got: given[i]!,
    });
}

/** @throws E_FORMAT naming the field, for example one of another circuit with another number of public inputs */
export function verificationKeyFromJson(json: unknown): VerificationKey {
  const key = parse(keySchema, json, 'verification_key.json');
  return {
    alpha: g1Point(key.vk_alpha_1),
    beta: g2Affine(key.vk_beta_2),
    gamma: g2Affine(key.vk_gamma_2),
    delta: g2Affine(key.vk_delta_2),
    ic: key.IC.map(g1Point),
    tau: g2Affine(key.layerfold.tau),
    insecure: key.insecure ?? false,
  };
}

/** The content of verification_key.json. */
export function verificationKeyToJson(vk: VerificationKey): VerificationKeyJson {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: PUBLIC_SIGNALS,
    vk_alpha_1: g1Json(vk.alpha),
    vk_beta_2: g2Json(vk.beta),
    vk_gamma_2: g2Json(vk.gamma),
    vk_delta_2: g2Json(vk.delta),
    IC: vk.ic.map(g1Json),
    ...(isInsecure(vk) && { insecure: true as const, name: INSECURE_NAME }),
    layerfold: { version: 1, tau: g2Json(vk.tau) },
  };
}

/** The key that verifiers hold: Groth16's, as snarkjs or our writer exports it, with [tau]_2. @throws E_FORMAT */
export function verificationKeyOf(groth16Key: object, tau: AffineG2): VerificationKey {
  return verificationKeyFromJson({ ...groth16Key, layerfold: { version: 1, tau: g2Json(tau) } });
}

type G1Json = z.infer<typeof g1>;
type G2Json = z.infer<typeof g2>;

const g1Json = ({ x, y }: Affine): G1Json => [`${x}`, `${y}`, '1'];
const g2Json = ({ x, y }: AffineG2): G2Json => [
  [`${x.c0}`, `${x.c1}`],
  [`${y.c0}`, `${y.c1}`],
  ['1', '0'],
];
const g1Point = ([x, y]: G1Json): Affine => ({ x: BigInt(x), y: BigInt(y) });
const g2Affine = ([x, y]: G2Json): AffineG2 => ({
  x: { c0: BigInt(x[0]), c1: BigInt(x[1]) },
  y: { c0: BigInt(y[0]), c1: BigInt(y[1]) },
});

function decimals<K extends string>(values: Record<K, bigint>): Record<K, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, `${value}`])) as Record<K, string>;
}

function bigints<K extends string>(values: Record<K, string>): Record<K, bigint> {
  const entries = Object.entries<string>(values).map(([key, value]) => [key, BigInt(value)]);
  return Object.fromEntries(entries) as Record<K, bigint>;
}

function parse<T>(schema: z.ZodType<T>, json: unknown, name: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new FoldError('E_FORMAT', `${name} has a wrong field.`, firstIssue(result.error));
}
