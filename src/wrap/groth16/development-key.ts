/**
 * Writes a Groth16 proving key in snarkjs' .zkey format directly from known secrets: INSECURE, anyone can forge under
 * it (development.ts), but made in minutes where a ceremony takes hours. The same circuit gives the same bytes on every machine.
 *
 *   1 protocol   2 curve, sizes, alpha, beta, gamma, delta   3 IC: [K_s]_1 of the constant and the public inputs
 *   4 no entries of A and B, which follow from the circuit (entries.ts)   5, 6, 7 [A_s]_1, [B_s]_1, [B_s]_2   8 [K_s / delta]_1 of the other signals   9 H   10 circuit, contributions
 * with K_s = beta A_s + alpha B_s + C_s at tau, gamma = 1, and H the ODD roots of twice the order: the prover divides
 * on that coset, and with the even roots proofs are made that do not verify.
 *
 * Behind the constraints stand rows with A = 1 for the constant and for each public input. Without them public inputs
 * that no constraint uses would be free, and nothing else would notice.
 */
import type { Engine } from '../../algebra/engine.ts';
import { FIELD_BYTES, POINT_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { Q, R } from '../../algebra/params.ts';
import { throwIfAborted } from '../../errors.ts';
import { inTurns, otherTurns } from '../../turns.ts';
import { type R1cs, r1csDigest } from '../r1cs/r1cs.ts';
import { type SectionWriter, writeSections } from '../r1cs/section-file.ts';
import { DEVELOPMENT_SECRETS } from './development.ts';
import { entryCount, writeEntries } from './entries.ts';
import { G2_BYTES } from './g2.ts';
import { KeyPool } from './key-pool.ts';
import { domainPower, lagrange, multiple, rootOfUnity } from './qap.ts';

interface KeyProgress {
  /** Points made so far, of `total`. */
  readonly done: number;
  readonly total: number;
}

export interface KeyOptions {
  readonly engine: Engine;
  readonly workers: number;
  /** Whether the key has the entries of A and B, for programs that do not know its circuit. */
  readonly entries?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly on?: ((progress: KeyProgress) => void) | undefined;
}

const GROTH16 = 1;
const SECTIONS = 10;
const GROUP_HASH_BYTES = 64;

/** What size and memory depend on; of a circuit that is not built yet, estimates. */
export interface KeySizes {
  readonly signals: number;
  /** Power of two. */
  readonly domain: number;
  /** Of A and B, those of the constant and the public inputs included. */
  readonly entries: number;
  /** Entries of the largest of A, B, C. */
  readonly largest: number;
  /** Distinct coefficients. */
  readonly coefficients: number;
}

export function keySizes(r1cs: R1cs): KeySizes {
  const { signals, constraints, publicInputs, a, b, c, coefficients } = r1cs;
  return {
    signals,
    domain: 2 ** domainPower(constraints, publicInputs),
    entries: entryCount(r1cs),
    largest: Math.max(a.signal.length, b.signal.length, c.signal.length),
    coefficients: coefficients.length / FIELD_BYTES,
  };
}

/** Size of the key's file and the memory that making it takes, in bytes. */
export function developmentKeyNeeds(
  sizes: KeySizes,
  workers: number,
): { readonly disk: number; readonly memory: number } {
  const { signals, domain, largest, coefficients } = sizes;
  const disk = signals * (3 * POINT_BYTES + G2_BYTES) + domain * POINT_BYTES + 4096;
  const vectors = FIELD_BYTES * (8 * domain + 8 * signals);
  // a thread holds one matrix and its column sums, then tables and pieces of points
  const thread = 16 * largest + FIELD_BYTES * (2 * domain + 2 * signals + 2 * coefficients) + 2 ** 27;
  return { disk, memory: vectors + workers * thread + 2 ** 27 };
}

/**
 * Writes the development key of a circuit to `path`, replacing what is there when it is complete.
 * @throws E_DISK, E_WORKER, E_ABORTED
 */
export async function writeDevelopmentKey(path: string, r1cs: R1cs, options: KeyOptions): Promise<void> {
  const { engine, workers, signal, on } = options;
  const power = domainPower(r1cs.constraints, r1cs.publicInputs);
  const total = 4 * r1cs.signals + 2 ** power + 6;
  const pool = new KeyPool(workers, signal);
  try {
    const scalars = await keyScalars(r1cs, power, engine, pool, signal);
    throwIfAborted(signal);
    let done = 0;
    const write = async (file: SectionWriter, group: 'g1' | 'g2', values: Uint8Array): Promise<void> => {
      for await (const piece of pool.points(group, values)) {
        throwIfAborted(signal);
        await file.write(piece);
        done += piece.length / (group === 'g1' ? POINT_BYTES : G2_BYTES);
        on?.({ done, total });
      }
    };
    await writeSections(path, 'zkey', 1, SECTIONS, async (file) => {
      await file.section(1, () => file.write(words(GROTH16)));
      await file.section(2, async () => {
        await file.write(sizes(r1cs, power));
        const F = field(R);
        const { alpha, beta, delta } = DEVELOPMENT_SECRETS;
        await write(file, 'g1', bytes(F, [alpha, beta]));
        await write(file, 'g2', bytes(F, [beta, 1n]));
        await write(file, 'g1', bytes(F, [delta]));
        await write(file, 'g2', bytes(F, [delta]));
      });
      await file.section(3, () => write(file, 'g1', scalars.ic));
      await file.section(4, () => (options.entries ? writeEntries(file, r1cs, engine) : file.write(words(0))));
      await file.section(5, () => write(file, 'g1', scalars.a));
      await file.section(6, () => write(file, 'g1', scalars.b));
      await file.section(7, () => write(file, 'g2', scalars.b));
      await file.section(8, () => write(file, 'g1', scalars.k));
      await file.section(9, () => write(file, 'g1', scalars.h));
      await file.section(10, async () => {
        await file.write(r1csDigest(r1cs).subarray(0, GROUP_HASH_BYTES));
        await file.write(words(0));
      });
    });
  } finally {
    await pool.close();
  }
}

/** Everything that becomes points, canonical. */
interface KeyScalars {
  readonly ic: Uint8Array;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
  readonly k: Uint8Array;
  readonly h: Uint8Array;
}

async function keyScalars(
  r1cs: R1cs,
  power: number,
  engine: Engine,
  pool: KeyPool,
  signal: AbortSignal | undefined,
): Promise<KeyScalars> {
  const { fr } = engine;
  const { tau, alpha, beta, delta } = DEVELOPMENT_SECRETS;
  const { signals, publicInputs, constraints, coefficients } = r1cs;
  const rows = await inTurns(lagrange(engine, tau, power, 1n, power), signal);
  const weights = fr.toCanonical(rows);
  const sums = (matrix: R1cs['a']) => pool.columns({ matrix, coefficients, signals, weights });
  const [a, b, c] = (await Promise.all([sums(r1cs.a), sums(r1cs.b), sums(r1cs.c)])).map((v) => fr.fromCanonical(v)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const bound = (publicInputs + 1) * FIELD_BYTES;
  const own = rows.subarray(constraints * FIELD_BYTES, constraints * FIELD_BYTES + bound);
  a.set(fr.add(a.subarray(0, bound), own));
  const k = c;
  fr.axpy(k, fr.encode([beta]), a);
  fr.axpy(k, fr.encode([alpha]), b);
  const inverse = field(R).inv(delta);
  await otherTurns(signal);
  const odd = await inTurns(lagrange(engine, tau, power + 1, rootOfUnity(power + 1), power), signal);
  return {
    ic: fr.toCanonical(k.subarray(0, bound)),
    a: fr.toCanonical(a),
    b: fr.toCanonical(b),
    k: fr.toCanonical(multiple(engine, inverse, k.subarray(bound))),
    h: fr.toCanonical(multiple(engine, inverse, odd)),
  };
}

/** Head of section 2: both moduli with their sizes, then signals, public inputs, domain. */
function sizes(r1cs: R1cs, power: number): Uint8Array {
  const F = field(Q);
  return Buffer.concat([
    words(FIELD_BYTES),
    F.toBytes(Q),
    words(FIELD_BYTES),
    F.toBytes(R),
    words(r1cs.signals, r1cs.publicInputs, 2 ** power),
  ]);
}

function bytes(F: ReturnType<typeof field>, values: readonly bigint[]): Uint8Array {
  return Buffer.concat(values.map((value) => F.toBytes(value)));
}

function words(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
