/**
 * A Groth16 proof (ePrint 2016/260) on our own kernels, from snarkjs' .zkey. With random r and s, w the witness, sums over the
 * points of the key's sections 5 to 9:
 *     A = alpha + sum w_i A_i + r delta          B = beta + sum w_i B_i + s delta   (in G2, and B1 in G1)
 *     C = sum of the private w_i K_i + sum h_i H_i + s A + r B1 - r s delta
 * h are the values of A B - C on the odd roots of unity of twice the domain's order; the key's H points are made for that.
 *
 * Threads work on ranges of points. What h needs goes first, so that the rest fills the time while others wait for it: with
 * three transforms side by side none is split over threads.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { FIELD_BYTES, POINT_BYTES } from '../../../algebra/engine.ts';
import { field } from '../../../algebra/field.ts';
import { R } from '../../../algebra/params.ts';
import { throwIfAborted } from '../../../errors.ts';
import { randomElements } from '../../../folding/random.ts';
import type { Rank } from '../../../pool/queue.ts';
import { Threads } from '../../../pool/threads.ts';
import type { EntryRows } from '../entries.ts';
import { G2_BYTES } from '../g2.ts';
import { type Groth16ProofJson, g1Json, g2Json } from '../verify.ts';
import { decodePoints, type ZkeyHeader } from '../zkey.ts';
import type { ProofTasks, ProverData, SumInput } from './tasks.ts';

interface ProveProgress {
  /** Points and elements of transforms worked off, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface NativeOptions {
  readonly workers: number;
  readonly signal?: AbortSignal | undefined;
  readonly on?: ((progress: ProveProgress) => void) | undefined;
}

/** Points of one task: about a second. */
const LONGEST = { g1: 1 << 17, g2: 1 << 16 } as const;
const POINTS = { g1: POINT_BYTES, g2: G2_BYTES } as const;
const F = field(R);
const { Point: G1 } = bn254.G1;
const { Point: G2 } = bn254.G2;

/** Sections of a .zkey with points of signals. */
const A = { type: 5, group: 'g1' } as const;
const B1 = { type: 6, group: 'g1' } as const;
const B2 = { type: 7, group: 'g2' } as const;
const PRIVATE = { type: 8, group: 'g1' } as const;
const H = { type: 9, group: 'g1' } as const;
type Section = typeof A | typeof B1 | typeof B2 | typeof PRIVATE | typeof H;

/**
 * Proves with a key whose header and circuit are checked. Memory: 128 bytes per element of the domain, 32 per signal, and
 * in every thread about 110 and 32 of them.
 * @param entries of the circuit
 * @param witness canonical signals, 32 bytes each, the constant 1 first
 * @throws E_KEY, E_MEMORY, E_WORKER, E_ABORTED
 */
export async function proveNative(
  path: string,
  header: ZkeyHeader,
  entries: Required<EntryRows>,
  witness: Uint8Array,
  { workers, signal, on }: NativeOptions,
): Promise<Groth16ProofJson> {
  const { signals, publicInputs, domain } = header;
  const vector = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(domain * FIELD_BYTES));
  const shared = new Uint8Array(new SharedArrayBuffer(witness.length));
  shared.set(witness);
  const data: ProverData = {
    path,
    signals,
    power: Math.log2(domain),
    witness: shared,
    values: [vector(), vector()],
    odd: [vector(), vector()],
  };
  const threads = new Threads<ProofTasks>('proof', 'the proof', { workers, signal, data });
  const total = 4 * signals - publicInputs - 1 + 4 * domain;
  let done = 0;
  const count = <T>(work: number, task: Promise<T>): Promise<T> =>
    task.then((result) => {
      throwIfAborted(signal);
      done += work;
      on?.({ done, total });
      return result;
    });
  const sums = (section: Section, rank: Rank = 'later'): Promise<bigint[][]> =>
    Promise.all(rangesOf(header, section).map((input) => count(input.count, threads.run('sum', input, rank))));
  try {
    const quotient = async (): Promise<bigint[][]> => {
      const { a, b, ...rest } = entries;
      const evaluate = (matrix: 0 | 1, rows: EntryRows) => count(domain, threads.run('evaluate', { matrix, rows }));
      await Promise.all([evaluate(0, { a, ...rest }), evaluate(1, { b, ...rest })]);
      await count(domain, threads.run('quotient', {}));
      return sums(H);
    };
    const [h, b2, k, a, b1] = await Promise.all([quotient(), ...[B2, PRIVATE, A, B1].map((section) => sums(section))]);
    return assemble(header, { a: g1(a!), b1: g1(b1!), b2: g2(b2!), k: g1(k!), h: g1(h) });
  } finally {
    await threads.close();
  }
}

/** The ranges of a section: signals from 0 on, private ones behind the constant and the public inputs, the domain for H. */
function rangesOf({ sections, publicInputs }: ZkeyHeader, { type, group }: Section): SumInput[] {
  const { start, size } = sections.get(type)!;
  const n = size / POINTS[group];
  const first = type === PRIVATE.type ? publicInputs + 1 : 0;
  return Array.from({ length: Math.ceil(n / LONGEST[group]) }, (_, i) => {
    const from = i * LONGEST[group];
    return {
      group,
      at: start + from * POINTS[group],
      count: Math.min(LONGEST[group], n - from),
      scalars: type === H.type ? 'quotient' : 'witness',
      from: first + from,
    };
  });
}

type G1Point = typeof G1.BASE;
type G2Point = typeof G2.BASE;

const g1 = (parts: readonly (readonly bigint[])[]): G1Point =>
  parts.reduce((sum, [x, y]) => sum.add(G1.fromAffine({ x: x!, y: y! })), G1.ZERO);

const g2 = (parts: readonly (readonly bigint[])[]): G2Point =>
  parts.reduce(
    (sum, [x0, x1, y0, y1]) => sum.add(G2.fromAffine({ x: { c0: x0!, c1: x1! }, y: { c0: y0!, c1: y1! } })),
    G2.ZERO,
  );

interface Sums {
  readonly a: G1Point;
  readonly b1: G1Point;
  readonly b2: G2Point;
  readonly k: G1Point;
  readonly h: G1Point;
}

function assemble({ points }: ZkeyHeader, { a, b1, b2, k, h }: Sums): Groth16ProofJson {
  const g1At = (at: number) => g1([decodePoints(points, at, 2)]);
  const g2At = (at: number) => g2([decodePoints(points, at, 4)]);
  // alpha1, beta1, beta2, gamma2, delta1, delta2
  const [alpha, beta, betaTwist] = [g1At(0), g1At(POINT_BYTES), g2At(2 * POINT_BYTES)];
  const deltaAt = 2 * POINT_BYTES + 2 * G2_BYTES;
  const [delta, deltaTwist] = [g1At(deltaAt), g2At(deltaAt + POINT_BYTES)];
  const [r, s] = randomElements(R, 2) as [bigint, bigint];
  const piA = alpha.add(a).add(delta.multiply(r));
  const piB = betaTwist.add(b2).add(deltaTwist.multiply(s));
  const piB1 = beta.add(b1).add(delta.multiply(s));
  const piC = k
    .add(h)
    .add(piA.multiply(s))
    .add(piB1.multiply(r))
    .add(delta.multiply(F.mul(r, s)).negate());
  const [pa, pb, pc] = [piA.toAffine(), piB.toAffine(), piC.toAffine()];
  return {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: g1Json([pa.x, pa.y]),
    pi_b: g2Json([pb.x.c0, pb.x.c1, pb.y.c0, pb.y.c1]),
    pi_c: g1Json([pc.x, pc.y]),
  };
}
