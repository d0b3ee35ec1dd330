/**
 * The files that are shared: proof.json, public.json and verification_key.json, in snarkjs' names and shapes, so that
 * `snarkjs groth16 verify` reads its part of them; what is ours stands under "layerfold". Its part shows nothing without
 * the opening: a prover is free to make up the polynomials' values that the circuit is told (final-proof.ts).
 *
 * Numbers are decimal strings; points are projective with last coordinate 1: ["x", "y", "1"], in G2
 * [["c0", "c1"], ["c0", "c1"], ["1", "0"]]. A file may come from anyone: parsing admits one spelling of each number and
 * bounds every length. Whether points lie on their curves is the verifier's business.
 */
import * as z from 'zod';
import { type Affine, Q, R } from '../algebra/params.ts';
import { FoldError, invariant } from '../errors.ts';
import {
  type BlockName,
  blockNames,
  type CommitmentName,
  commitmentName,
  MACHINE_BLOCKS,
  SLOT_BLOCKS,
} from '../folding/blocks.ts';
import { firstIssue, listOf } from '../store/bounded.ts';
import { type AffineG2, type FinalProof, type FinalStatement, OPENED, STATEMENT } from './final-proof.ts';
import { PUBLIC_INPUTS, publicInputs } from './signals.ts';
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

/** The same schema under every name. */
function shape<K extends string, S>(names: readonly K[], schema: S): Record<K, S> {
  return Object.fromEntries(names.map((name) => [name, schema])) as Record<K, S>;
}

const proofSchema = z.object({
  ...system,
  pi_a: g1,
  pi_b: g2,
  pi_c: g1,
  layerfold: z.object({
    version: z.literal(3),
    statement: z.strictObject(shape(STATEMENT, element)),
    cmM: g1,
    /** Of a machine's proof only. */
    cmT: g1.optional(),
    cmP: g1,
    cmAux: g1,
    s: g1,
    w1: g1,
    w2: g1,
    ...shape(OPENED, element),
    signalsDigest: element,
  }),
});

const keySchema = z.object({
  ...system,
  nPublic: z.literal(PUBLIC_INPUTS),
  vk_alpha_1: g1,
  vk_beta_2: g2,
  vk_gamma_2: g2,
  vk_delta_2: g2,
  IC: listOf(g1, PUBLIC_INPUTS + 1, PUBLIC_INPUTS + 1),
  /** The secrets behind this key are public: a proof under it shows nothing. */
  insecure: z.literal(true).optional(),
  name: z.string().max(200).optional(),
  layerfold: z.object({
    version: z.literal(3),
    tau: g2,
    /** The step circuit that the wrap is of; without it the slot circuit. */
    circuit: z.literal('machine').optional(),
  }),
});

const SLOT: readonly BlockName[] = blockNames(SLOT_BLOCKS);
const MACHINE: readonly BlockName[] = blockNames(MACHINE_BLOCKS);

const INSECURE_NAME = 'layerfold INSECURE development key: anyone can forge proofs under it';

const publicSchema = listOf(element, PUBLIC_INPUTS, PUBLIC_INPUTS);

export type ProofJson = z.infer<typeof proofSchema>;
/** A verification key of snarkjs with [tau]_2 of the commitment key under "layerfold". */
export type VerificationKeyJson = z.infer<typeof keySchema>;

/** The content of proof.json. */
export function proofToJson(statement: FinalStatement, { groth16, opening, signalsDigest }: FinalProof): ProofJson {
  const { cms, cmAux, s, w1, w2 } = opening;
  return {
    ...groth16ToJson(groth16),
    layerfold: {
      version: 3,
      statement: mapped(STATEMENT, statement, String),
      ...commitmentsToJson(cms),
      ...{ cmAux: g1Json(cmAux), s: g1Json(s), w1: g1Json(w1), w2: g1Json(w2) },
      ...mapped(OPENED, opening, String),
      signalsDigest: `${signalsDigest}`,
    },
  };
}

type CommitmentsJson = Pick<ProofJson['layerfold'], CommitmentName>;

/** By the names of their blocks, which are those of one of the two lists. */
function commitmentsToJson(cms: readonly Affine[]): CommitmentsJson {
  const blocks = [SLOT, MACHINE].find(({ length }) => length === cms.length);
  invariant(blocks !== undefined, 'the commitments of a final proof');
  const named = Object.fromEntries(cms.map((cm, k) => [commitmentName(blocks[k]!), g1Json(cm)]));
  return named as CommitmentsJson;
}

/** Groth16's part of proof.json: what `snarkjs groth16 verify` reads. */
export function groth16ToJson({ a, b, c }: FinalProof['groth16']): Omit<ProofJson, 'layerfold'> {
  return { protocol: 'groth16', curve: 'bn128', pi_a: g1Json(a), pi_b: g2Json(b), pi_c: g1Json(c) };
}

/** @param name of the file, for the error. @throws E_FORMAT naming the field */
export function proofFromJson(json: unknown, name = 'proof.json'): { statement: FinalStatement; proof: FinalProof } {
  const { pi_a, pi_b, pi_c, layerfold } = parse(proofSchema, json, name);
  const { cmAux, s, w1, w2 } = layerfold;
  // the machine's list has the blocks of both, in their order
  const cms = MACHINE.map((name) => layerfold[commitmentName(name)]).filter((cm) => cm !== undefined);
  return {
    statement: mapped(STATEMENT, layerfold.statement, BigInt),
    proof: {
      groth16: { a: g1Point(pi_a), b: g2Affine(pi_b), c: g1Point(pi_c) },
      opening: {
        cms: cms.map(g1Point),
        ...{ cmAux: g1Point(cmAux), s: g1Point(s), w1: g1Point(w1), w2: g1Point(w2) },
        ...mapped(OPENED, layerfold, BigInt),
      },
      signalsDigest: BigInt(layerfold.signalsDigest),
    },
  };
}

/** Groth16's part of a proof.json or of snarkjs' own proof object. @throws E_FORMAT */
export function groth16FromJson(json: unknown): FinalProof['groth16'] {
  const { pi_a, pi_b, pi_c } = parse(proofSchema.omit({ layerfold: true }), json, 'proof.json');
  return { a: g1Point(pi_a), b: g2Affine(pi_b), c: g1Point(pi_c) };
}

/**
 * The content of public.json: what snarkjs verifies against. It is worth something only to whoever has made it from statement
 * and points: h', kappa and y of another statement make a file that snarkjs accepts as well.
 */
export function publicToJson(statement: FinalStatement, proof: FinalProof): string[] {
  return publicInputs(statement, proof).map(String);
}

/**
 * A public.json that came with the proof is compared with the one that follows from it, and never used.
 * @throws E_FORMAT, E_REJECTED
 */
export function checkPublicJson(json: unknown, statement: FinalStatement, proof: FinalProof): void {
  const given = parse(publicSchema, json, 'public.json');
  const own = publicToJson(statement, proof);
  const i = own.findIndex((value, at) => value !== given[at]);
  if (i >= 0)
    throw new FoldError('E_REJECTED', `Public input ${i} of public.json is not the one that follows from proof.json.`, {
      expected: own[i]!,
      got: given[i]!,
      hint: 'rm public.json && fold verify proof.json --public-json public.json',
    });
}

/** @throws E_FORMAT naming the field, for example one of another circuit with another number of public inputs */
export function verificationKeyFromJson(json: unknown, name = 'verification_key.json'): VerificationKey {
  const key = parse(keySchema, json, name);
  return {
    alpha: g1Point(key.vk_alpha_1),
    beta: g2Affine(key.vk_beta_2),
    gamma: g2Affine(key.vk_gamma_2),
    delta: g2Affine(key.vk_delta_2),
    ic: key.IC.map(g1Point),
    tau: g2Affine(key.layerfold.tau),
    blocks: key.layerfold.circuit ? MACHINE : SLOT,
    insecure: key.insecure ?? false,
  };
}

/** The content of verification_key.json. */
export function verificationKeyToJson(vk: VerificationKey): VerificationKeyJson {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: PUBLIC_INPUTS,
    vk_alpha_1: g1Json(vk.alpha),
    vk_beta_2: g2Json(vk.beta),
    vk_gamma_2: g2Json(vk.gamma),
    vk_delta_2: g2Json(vk.delta),
    IC: vk.ic.map(g1Json),
    ...(isInsecure(vk) && { insecure: true as const, name: INSECURE_NAME }),
    layerfold: ownPart(vk),
  };
}

/**
 * The key that verifiers hold: Groth16's, as snarkjs or our writer exports it, with [tau]_2 and the blocks of the step circuit.
 * @throws E_FORMAT
 */
export function verificationKeyOf(groth16Key: object, own: Pick<VerificationKey, 'tau' | 'blocks'>): VerificationKey {
  return verificationKeyFromJson({ ...groth16Key, layerfold: ownPart(own) });
}

function ownPart({ tau, blocks }: Pick<VerificationKey, 'tau' | 'blocks'>): VerificationKeyJson['layerfold'] {
  const machine = blocks.length === MACHINE.length;
  return { version: 3, tau: g2Json(tau), ...(machine && { circuit: 'machine' as const }) };
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

/** What `change` makes of the values under these names. */
function mapped<K extends string, A, B>(
  names: readonly K[],
  values: Readonly<Record<K, A>>,
  change: (a: A) => B,
): Record<K, B> {
  return Object.fromEntries(names.map((name) => [name, change(values[name])])) as Record<K, B>;
}

function parse<T>(schema: z.ZodType<T>, json: unknown, name: string): T {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw new FoldError('E_FORMAT', `${name} has a wrong field.`, firstIssue(result.error));
}
