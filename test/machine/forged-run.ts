/**
 * The challenge share that belongs to a forged trace, and what is violated in a run of such steps. Like forger.ts in bigints and
 * after docs/protocol.md.
 */
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { hash } from '../../src/algebra/sponge.ts';
import { WitnessWriter } from '../../src/circuit/witness.ts';
import { accessLayout, challengeLayout, PARTIAL_SUMS, rhoPowers } from '../../src/machine/challenge-layout.ts';
import type { MachineState } from '../../src/machine/challenge-writer.ts';
import type { Place } from '../../src/machine/places.ts';
import { modelLayout } from '../../src/machine/program.ts';
import { BACK_BITS, groupStart, type MachineShape, slotsPerStep, VALUE_BITS, VECTOR } from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { dot, type ForgedModel, type ForgedTrace, packed, slotPlaces } from './forger.ts';
import { entryOf, type MachineSystem } from './system.ts';

const F = field(R);
const HALF = 1n << BigInt(VALUE_BITS - 1);

/** The challenge share of step j and the state after it. @param weight of input writes in the sum: the selector, or a lie */
function forgeShare(
  engine: Engine,
  shape: MachineShape,
  j: number,
  M: ForgedModel,
  { bits, small }: ForgedTrace,
  state: MachineState<bigint>,
  weight = M[modelLayout(shape).selectors.at(0)]!,
): { readonly fields: bigint[]; readonly next: MachineState<bigint> } {
  const [layout, trace, to] = [modelLayout(shape), traceLayout(shape), challengeLayout(shape)];
  const { rows, rowVectors, tile, matrices, lookups } = shape;
  const powers = (e: bigint, n: number): bigint[] => {
    const out = [1n];
    while (out.length <= n) out.push(F.mul(out.at(-1)!, e));
    return out;
  };
  const alphas = powers(state.alpha, VECTOR).slice(1);
  const perGroup = rows / tile;
  const perMatrix = (perGroup * shape.groups) / matrices;
  const rhos = powers(state.rho, 1 + rhoPowers(shape));
  const join = shape.joins ? M[layout.selectors.at(3)]! : 0n;
  const joined = rhos.slice(0, shape.joins ? shape.groups : 0).map((power) => F.mul(join, power));
  const alone = rhos.slice(0, perMatrix).map((power, p) => F.sub(power, joined[p] ?? 0n));
  const first = j * slotsPerStep(shape);
  const fingerprint = (a: bigint, x: readonly bigint[]): bigint => F.create(a + dot(x, alphas));
  const vector = (from: readonly bigint[], at: number): bigint[] => from.slice(at, at + VECTOR);

  const access = accessLayout(shape);
  /** By number of access. */
  const prints = new Array<bigint | undefined>(access.count).fill(undefined);
  const factors = new Array<bigint>(access.count).fill(-1n);
  for (const kind of ['bank', 'residual', 'computed', 'io', 'reveal'] as const) {
    for (const at of access[kind].indices())
      prints[access[kind].at(...at)] = fingerprint(M[layout[kind].at(...at)]!, vector(small, trace[kind].at(...at)));
  }
  const { back } = trace.bitsOf;
  for (let g = 0; g < shape.groups; g++)
    for (let v = 0; v < lookups; v++)
      for (let l = 0; l < VECTOR; l++) {
        const at = back.lookups.at(g, v, l);
        const own = Array.from({ length: BACK_BITS }, (_, k) => bits[at + k * back.lookups.step[g]!]!);
        const address = BigInt(first + groupStart(shape, g) - 1) - packed(own);
        const entry = [...[0, 1].map((k) => small[trace.entries.at(g, v, k, l)]!), M[layout.tags.at(g, v, l)]!];
        prints[access.lookups.at(g, v, l)] = fingerprint(address, entry);
      }
  const combined = to.combined;
  const [numbers, multiplicities] = [slotPlaces(shape, access.writes), slotPlaces(shape, trace.multiplicities)];
  const written: (readonly bigint[])[] = [
    ...Array.from({ length: shape.constants }, (_, n) => vector(M, layout.constants.at(n))),
    ...Array.from({ length: shape.io }, (_, n) => vector(small, trace.io.at(n))),
  ];
  for (let g = 0; g < shape.groups; g++) {
    for (let r = 0; r < rows; r++) written.push(vector(small, trace.out.at(g, r)));
    for (let v = 0; v < lookups; v++) for (const k of [0, 1]) written.push(vector(small, trace.entries.at(g, v, k)));
  }
  written.forEach((x, s) => {
    const isInput = s >= shape.constants && s < shape.constants + shape.io;
    prints[numbers[s]!] = fingerprint(BigInt(first + s), x);
    factors[numbers[s]!] = F.mul(small[multiplicities[s]!]!, isInput ? F.create(weight) : 1n);
  });
  const fields = new Array<bigint>(to.size).fill(0n);
  const put = (at: number, values: readonly bigint[]): void => {
    values.forEach((x, k) => {
      fields[at + k] = x;
    });
  };
  const gaps = prints.map((f) => (f === undefined ? 1n : F.sub(state.gamma, f)));
  const inverses = F.batchInv(gaps).map((inverse, n) =>
    prints[n] === undefined ? 0n : F.mul(F.create(factors[n]!), inverse),
  );
  gaps.forEach((gap, n) => {
    if (prints[n] === undefined) return;
    fields[to.gaps[n]!] = gap;
    fields[to.inverses[n]!] = inverses[n]!;
  });
  for (let v = 0; v < rowVectors; v++)
    for (let w = 0; w < matrices; w++)
      for (let n = 0; n < tile * VECTOR; n++) {
        const [o, k] = [Math.floor(n / VECTOR), n % VECTOR];
        // tiles of a matrix are numbered through its groups
        const number = (p: number): bigint => {
          const tiles = w * perMatrix + p;
          return small[trace.bank.at(v, Math.floor(tiles / perGroup), (tiles % perGroup) * tile + o, k)]!;
        };
        const all = joined.map((power, g) => power * small[trace.bank.at(v, g, (w % 2) * tile + o, k)]!);
        const half = all.reduce((s, x) => s + x, 0n);
        if (shape.joins) fields[to.halves.at(v, w % 2, o, k)] = F.create(half);
        fields[combined.at(v, w, o, k)] = F.create(alone.reduce((s, power, p) => s + power * number(p), half));
      }
  for (let w = 0; w < matrices && shape.joins; w++)
    for (let n = 0; n < tile * VECTOR; n++) {
      const [o, l] = [Math.floor(n / VECTOR), n % VECTOR];
      let fed = 0n;
      for (let v = 0; v < rowVectors; v++)
        for (let s = 0; s < tile; s++)
          for (let k = 0; k < VECTOR; k++)
            fed += M[layout.weights.at(v, w, o, l, s, k)]! * fields[combined.at(v, w, s, k)]!;
      fields[to.fed.at(0, w, o, l)] = F.create(fed);
    }
  const plain = matrices - shape.computed;
  for (let c = 0; c < shape.computed; c++)
    for (let n = 0; n < tile * VECTOR; n++) {
      const [o, l] = [Math.floor(n / VECTOR), n % VECTOR];
      let extra = 0n;
      for (let v = 0; v < rowVectors; v++)
        for (let k = 0; k < VECTOR; k++)
          extra += small[trace.computed.at(v, c, l, k)]! * fields[combined.at(v, plain + c, o, k)]!;
      fields[to.extra.at(plain + c, o, l)] = F.create(extra);
    }
  for (let c = 0; c < PARTIAL_SUMS; c++)
    fields[to.sums + c] = F.create(to.runs.reduce((s, n) => s + fields[n + c]!, 0n));
  const sum = F.create(inverses.reduce((s, x) => s + x, state.sum));

  const from = layout.selectors.at(0);
  const [sIn, sOut, sReveal] = M.slice(from, from + 3) as [bigint, bigint, bigint];
  const choose = (s: bigint, a: bigint, b: bigint): bigint => F.create(b + s * (a - b));
  const h = choose(sIn, state.hIn, state.o);
  const absorbs = small.slice(trace.io.at(0), trace.io.at(0) + shape.io * VECTOR);
  const elements = Array.from({ length: Math.ceil(absorbs.length / 14) }, (_, e) =>
    F.create(absorbs.slice(14 * e, 14 * e + 14).reduce((s, x, k) => s + ((x + HALF) << BigInt(VALUE_BITS * k)), 0n)),
  );
  const writer = new WitnessWriter(engine, 'fr', { bits: 0, fields: to.hInNext - to.hash });
  const absorbed = hash(writer, 'absorb', [h, ...elements]);
  const next = {
    ...state,
    hIn: choose(sIn, absorbed, state.hIn),
    o: choose(sOut, absorbed, state.o),
    k: choose(sReveal, small[trace.reveal.at(0)]! + 1n, state.k),
    sum,
  };
  const { hIn, o, k, alpha, gamma, rho } = state;
  put(to.alphaPowers, alphas.slice(1));
  put(to.rhoPowers, rhos.slice(2));
  put(to.joinPowers, joined.slice(1));
  put(to.entered, [BigInt(j), hIn, o, k, state.sum, alpha, gamma, rho]);
  put(to.sumNext, [sum]);
  put(to.h, [h, ...engine.fr.decode(writer.finish().fields), next.hIn, next.o, next.k]);
  return { fields, next };
}

export interface Judgement {
  /** What is violated: a family of bits, a scope of rows, or 'sum' where the run's sum is not zero at its end. */
  readonly violated: ReadonlySet<string>;
  readonly end: MachineState<bigint>;
}

/** A run of steps that a prover wrote. Digests of its models and its challenges are the chain's to check. */
export interface ForgedRun {
  readonly engine: Engine;
  readonly system: MachineSystem;
  readonly shape: MachineShape;
  readonly models: readonly ForgedModel[];
  readonly traces: readonly ForgedTrace[];
  readonly start: MachineState<bigint>;
  /** Of input writes in the sum: the selector, or a lie. */
  readonly weight?: bigint;
}

/** What is violated in each step, and at last the state at the end. */
function* judged(run: ForgedRun): Generator<ReadonlySet<string>, MachineState<bigint>> {
  const { engine, system, shape, models, traces, weight } = run;
  let state = run.start;
  for (const [j, M] of models.entries()) {
    const { fields, next } = forgeShare(engine, shape, j, M, traces[j]!, state, weight);
    const z = engine.fr.encode([1n, ...M, ...traces[j]!.bits, ...traces[j]!.small, ...fields]);
    yield violations(engine, system, shape, z);
    state = next;
  }
  return state;
}

/** All that is violated in a run. */
export function judge(run: ForgedRun): Judgement {
  const violated = new Set<string>();
  const steps = judged(run);
  for (;;) {
    const { done, value } = steps.next();
    if (!done) for (const name of value) violated.add(name);
    else return { violated: value.sum === 0n ? violated : violated.add('sum'), end: value };
  }
}

/** The state at the end of a run in which nothing is violated but `skip`. */
export function accepted(run: ForgedRun, skip?: string): MachineState<bigint> | undefined {
  const steps = judged(run);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value.sum === 0n ? value : undefined;
    if ([...value].some((name) => name !== skip)) return undefined;
  }
}

function violations(engine: Engine, { matrix, rows }: MachineSystem, shape: MachineShape, z: Vec): Set<string> {
  const names = new Set<string>();
  const each = (values: Vec, name: (k: number) => string): void => {
    new Uint32Array(values.slice().buffer).forEach((word, k) => {
      if (word !== 0) names.add(name(Math.floor(k / 8)));
    });
  };
  const { offsets, sizes } = matrix;
  const bits = z.subarray(offsets.traceBits * 32, (offsets.traceBits + sizes.traceBits) * 32);
  each(engine.fr.bitRows(bits, entryOf(z, 0)), (k) => familyOfBit(shape, k));
  const forms = rows.forms(z);
  const scope = (k: number): string => matrix.scopes[matrix.rowScope[k]!]!.replace('machine/', '');
  each(rows.quadratic(z, forms), scope);
  each(rows.boxes(z, forms), (k) => scope(sizes.rows + k));
  return names;
}

function familyOfBit(shape: MachineShape, k: number): string {
  const { io, reveal, lanes } = traceLayout(shape).bitsOf;
  const isOf = (place: Place): boolean =>
    place.indices().some((at) => {
      const [far, step] = [k - place.at(...at), place.step[at[0]]!];
      return far >= 0 && far % step === 0 && far / step < place.elements;
    });
  return isOf(io) ? 'bit io' : isOf(reveal) ? 'bit reveal' : isOf(lanes) ? 'bit lane' : 'bit back';
}
