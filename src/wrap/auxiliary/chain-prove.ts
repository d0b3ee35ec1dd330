/** The chain's sum-check, prover's side, on the engine's vectors; the verifier is chain-verify.ts, the equations stand in chain-terms.ts. */
import { type Engine, FIELD_BYTES, type Vec } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { type Affine, R } from '../../algebra/params.ts';
import type { Transcript } from '../../algebra/sponge.ts';
import type { Interruptible } from '../../turns.ts';
import { padded, repeated, slice, zeros } from '../spartan/blocks.ts';
import { answersOf } from '../spartan/proof.ts';
import { proveSummands, type RoundWork } from '../spartan/sumcheck.ts';
import type { Summand } from '../spartan/sumcheck-round.ts';
import { startingPoint } from './chain.ts';
import { DIGIT_POLYNOMIAL, KERNELS, LAMBDA_POWERS, type Places } from './chain-terms.ts';
import { DIGITS } from './digits.ts';
import { type AuxiliaryLayout, COLUMNS, type Column, columnLength, DOUBLINGS, PLACE_LOG } from './layout.ts';
import { type AuxiliaryProof, CHAIN_DEGREE } from './proof.ts';
import type { DigitTables } from './tables.ts';

const F = field(R);

export interface ProvenChain {
  readonly proof: AuxiliaryProof['chain'];
  /** The position where it ends. */
  readonly point: readonly bigint[];
}

/** Who works off the rounds for a layout and powers of lambda: this thread, where nobody is named. */
export type ChainWork = (layout: AuxiliaryLayout, powers: readonly bigint[]) => RoundWork;

/** Throws E_BUG when Aux is no chain that ends in `end`. */
export function* proveChain(
  engine: Engine,
  layout: AuxiliaryLayout,
  tables: DigitTables,
  end: Affine,
  { tau, lambda }: { readonly tau: bigint; readonly lambda: bigint },
  rounds: Transcript<bigint>,
  vector: Vec,
  work?: ChainWork,
): Interruptible<ProvenChain> {
  const { fr } = engine;
  const length = 2 ** (layout.rowLog + PLACE_LOG);
  const powers = [1n];
  while (powers.length <= LAMBDA_POWERS) powers.push(F.mul(powers.at(-1)!, lambda));
  const places = placesOf(engine, layout, tau);
  yield;
  const kernel = (name: keyof typeof KERNELS): Vec => {
    const out = zeros(length);
    for (const [factor, power, place] of KERNELS[name])
      fr.axpy(out, fr.encode([F.create(factor * powers[power]!)]), places[place]);
    return out;
  };
  const kernels = [places.additions, places.doublings, kernel('X'), kernel('C'), kernel('Y')];
  yield;
  const column = (name: Column): Vec => {
    const out = zeros(length);
    const from = COLUMNS[name] * columnLength(layout);
    out.set(slice(vector, from, from + columnLength(layout)));
    return out;
  };
  const columns = [column('value'), column('x'), column('slope')];
  // lists over the scalars, the same in every row
  const lists = [...tables.x, ...tables.y].map((list) => padded(fr.encode(list), 2 ** layout.rowLog));
  yield;
  const start = startingPoint(layout.scalars);
  const claim = F.create(powers[4]! * start.x + powers[5]! * start.y + powers[6]! * end.x + powers[7]! * end.y);
  const {
    rounds: sent,
    point,
    finals,
  } = yield* proveSummands(
    engine,
    [...columns, ...kernels, ...lists],
    chainSummands(engine, layout, powers),
    claim,
    answersOf(rounds),
    work?.(layout, powers),
  );
  const [value, x, slope] = finals as [bigint, bigint, bigint];
  rounds.absorb(value, x, slope);
  return { proof: { rounds: sent, value, x, slope }, point };
}

/** The places as vectors over all positions. */
function placesOf({ fr }: Engine, { scalars: n, rowLog }: AuxiliaryLayout, tau: bigint): Places<Vec> {
  const taus = [tau];
  while (taus.length < rowLog + PLACE_LOG) taus.push(F.mul(taus.at(-1)!, taus.at(-1)!));
  const eq = fr.eqTable(fr.encode(taus));
  const width = 2 ** rowLog;
  const out = (): Vec => zeros(eq.length / FIELD_BYTES);
  const places = {
    additions: out(),
    doublings: out(),
    toAdditions: out(),
    toDoublings: out(),
    start: out(),
    end: out(),
  };
  /** Copies eq at [from, to) of a row to `at` of another. */
  const copy = (target: Vec, kappa: number, from: number, to: number, toRow = kappa, at = from): void => {
    target.set(slice(eq, kappa * width + from, kappa * width + to), (toRow * width + at) * FIELD_BYTES);
  };
  for (let kappa = 0; kappa < DIGITS; kappa++) {
    copy(places.additions, kappa, 0, n);
    copy(places.toAdditions, kappa, 0, n - 1, kappa, 1);
    copy(places.toDoublings, kappa, n - 1, n, kappa, n);
    if (kappa === DIGITS - 1) break;
    const last = n + DOUBLINGS - 1;
    copy(places.doublings, kappa, n, n + DOUBLINGS);
    copy(places.toDoublings, kappa, n, last, kappa, n + 1);
    copy(places.toAdditions, kappa, last, last + 1, kappa + 1, 0);
  }
  const one = fr.encode([1n]);
  places.start.set(one);
  places.end.set(one, ((DIGITS - 1) * width + n) * FIELD_BYTES);
  return places;
}

/** Order of the functions: c, x, s, A, B, X, C, Y, then a_0..a_3, b_0..b_3. */
const [c, x, s, A, B, X, C, Y] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const TABLES = [8, 9, 10, 11, 12, 13, 14, 15];

/** What the chain sums over its positions, by the powers of lambda. */
export function chainSummands(engine: Engine, layout: AuxiliaryLayout, powers: readonly bigint[]): Summand[] {
  return [highTerms(engine, layout, powers), lowTerms(engine, layout, powers)];
}

const dotOf =
  ({ fr }: Engine) =>
  (u: Vec, v: Vec): bigint =>
    fr.decode(fr.dot(u, v))[0]!;

/** A (Z - L px + L^2 (2 s px - py)) + Y (py - s px). */
function highTerms(engine: Engine, layout: AuxiliaryLayout, powers: readonly bigint[]): Summand {
  const [L, L2] = [powers[1]!, powers[2]!];
  const ones = repeated(engine, 1n, 2 ** (layout.rowLog + PLACE_LOG));
  return {
    degree: CHAIN_DEGREE,
    functions: [c, s, A, Y, ...TABLES],
    support: [0, columnLength(layout)],
    sum: ({ fr }, [vc, vs, vA, vY, ...lists]) => {
      const dot = dotOf(engine);
      const c2 = fr.mul(vc!, vc!);
      const c4 = fr.mul(c2, c2);
      const evens = [c2, c4, fr.mul(c2, c4)];
      const poly = ([lowest, ...higher]: readonly Vec[]): Vec =>
        higher.reduce((sum, list, j) => fr.add(sum, fr.mul(list, evens[j]!)), lowest!);
      const px = poly(lists.slice(0, 4));
      const py = fr.mul(vc!, poly(lists.slice(4)));
      const spx = fr.mul(vs!, px);
      const digits = [
        dot(vA!, ones.subarray(0, vA!.length)),
        ...evens.map((v) => dot(vA!, v)),
        dot(fr.mul(vA!, c4), c4),
      ];
      const ofDigits = digits.reduce((sum, v, j) => sum + DIGIT_POLYNOMIAL[j]! * v, 0n);
      const ofAddition = ofDigits - L * dot(vA!, px) + L2 * (2n * dot(vA!, spx) - dot(vA!, py));
      return F.create(ofAddition + dot(vY!, fr.sub(py, spx)));
    },
    // A (c^8 + L^2 (2 s a_3 c^6 - b_3 c^7)) + Y (b_3 c^7 - s a_3 c^6)
    leading: ({ fr }, [vc, vs, vA, vY, ...lists]) => {
      const dot = dotOf(engine);
      const c2 = fr.mul(vc!, vc!);
      const c4 = fr.mul(c2, c2);
      const c6 = fr.mul(c2, c4);
      const py = fr.mul(fr.mul(vc!, c6), lists[7]!);
      const spx = fr.mul(fr.mul(vs!, c6), lists[3]!);
      const ofAddition = dot(fr.mul(vA!, c4), c4) + L2 * (2n * dot(vA!, spx) - dot(vA!, py));
      return F.create(ofAddition + dot(vY!, fr.sub(py, spx)));
    },
  };
}

/** The rest, of degree four. */
function lowTerms(engine: Engine, layout: AuxiliaryLayout, powers: readonly bigint[]): Summand {
  const [L, L2, L3] = [powers[1]!, powers[2]!, powers[3]!];
  return {
    degree: 4,
    functions: [c, x, s, A, B, X, C, Y],
    support: [0, columnLength(layout)],
    sum: ({ fr }, [vc, vx, vs, vA, vB, vX, vC, vY]) => {
      const dot = dotOf(engine);
      const [sx, s2] = [fr.mul(vs!, vx!), fr.mul(vs!, vs!)];
      const s3 = fr.mul(s2, vs!);
      const [Bc, Bx] = [fr.mul(vB!, vc!), fr.mul(vB!, vx!)];
      const ofAddition = L * dot(vA!, s2) + L2 * (dot(vA!, sx) - dot(vA!, s3));
      const ofDoubling =
        L * dot(vB!, s2) + L2 * (3n * dot(vB!, sx) - dot(vB!, s3)) + L3 * (2n * dot(Bc, vs!) - 3n * dot(Bx, vx!));
      return F.create(ofAddition + ofDoubling + dot(vX!, vx!) + dot(vC!, vc!) + dot(vY!, sx));
    },
    leading: ({ fr }, [, , vs, vA, vB]) => {
      const s3 = fr.mul(fr.mul(vs!, vs!), vs!);
      return F.create(-L2 * dotOf(engine)(fr.add(vA!, vB!), s3));
    },
  };
}
