/**
 * The challenge share that belongs to a forged trace, and what is violated in a run of such steps. Like forger.ts in bigints and
 * after docs/protocol.md.
 */
import type { Engine, Vec } from '../../src/algebra/engine.ts';
import { field } from '../../src/algebra/field.ts';
import { R } from '../../src/algebra/params.ts';
import { hash } from '../../src/algebra/sponge.ts';
import { WitnessWriter } from '../../src/circuit/witness.ts';
import { challengeLayout } from '../../src/machine/challenge-layout.ts';
import type { MachineState } from '../../src/machine/challenge-writer.ts';
import { modelLayout } from '../../src/machine/program.ts';
import {
  BACK_BITS,
  groupReads,
  groupStart,
  type MachineShape,
  slotsPerStep,
  VALUE_BITS,
  VECTOR,
} from '../../src/machine/shape.ts';
import { traceLayout } from '../../src/machine/trace-layout.ts';
import { dot, type ForgedModel, type ForgedTrace, packed } from './forger.ts';
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
  weight = M[modelLayout(shape).selectors]!,
): { readonly fields: bigint[]; readonly next: MachineState<bigint> } {
  const [layout, trace, to] = [modelLayout(shape), traceLayout(shape), challengeLayout(shape)];
  const { rows, rowVectors, lookups } = shape;
  const width = rowVectors * VECTOR;
  const powers = (e: bigint, n: number): bigint[] => {
    const out = [1n];
    while (out.length <= n) out.push(F.mul(out.at(-1)!, e));
    return out;
  };
  const alphas = powers(state.alpha, VECTOR).slice(1);
  const rhos = powers(state.rho, rows - 1);
  const first = j * slotsPerStep(shape);
  const fingerprint = (a: bigint, x: readonly bigint[]): bigint => F.create(a + dot(x, alphas));
  const vector = (from: readonly bigint[], at: number, n = 0): bigint[] =>
    from.slice(at + n * VECTOR, at + (n + 1) * VECTOR);

  const prints: bigint[] = [];
  const combined: bigint[] = [];
  trace.groups.forEach((own, g) => {
    const count = groupReads(shape, g);
    for (let n = 0; n < count; n++)
      prints.push(fingerprint(M[layout.groups[g]!.bank + n]!, vector(small, own.reads, n)));
    for (let n = 0; n < lookups * VECTOR; n++) {
      const at = own.backBits + BACK_BITS * (count + n);
      const address = BigInt(first + groupStart(shape, g) - 1) - packed(bits.slice(at, at + BACK_BITS));
      const entry = own.entries + 2 * VECTOR * Math.floor(n / VECTOR) + (n % VECTOR);
      prints.push(fingerprint(address, [small[entry]!, small[entry + VECTOR]!]));
    }
    for (let i = 0; i < width; i++) {
      combined.push(F.create(rhos.reduce((s, p, r) => s + p * small[own.reads + r * width + i]!, 0n)));
    }
  });
  for (let n = 0; n < shape.io; n++) prints.push(fingerprint(M[layout.io + n]!, vector(small, trace.io, n)));
  prints.push(fingerprint(M[layout.reveal]!, vector(small, trace.reveal)));
  const factors = prints.map(() => -1n);

  const written = [
    ...Array.from({ length: shape.constants }, (_, n) => vector(M, layout.constants, n)),
    ...Array.from({ length: shape.io }, (_, n) => vector(small, trace.io, n)),
    ...trace.groups.flatMap(({ out, entries }) => [
      ...Array.from({ length: rows }, (_, r) => vector(small, out, r)),
      ...Array.from({ length: 2 * lookups }, (_, n) => vector(small, entries, n)),
    ]),
  ];
  written.forEach((x, s) => {
    prints.push(fingerprint(BigInt(first + s), x));
    const isInput = s >= shape.constants && s < shape.constants + shape.io;
    factors.push(F.mul(small[trace.multiplicities + s]!, isInput ? F.create(weight) : 1n));
  });
  const gaps = prints.map((f) => F.sub(state.gamma, f));
  const inverses = F.batchInv(gaps).map((inverse, n) => F.mul(F.create(factors[n]!), inverse));
  const sum = F.create(inverses.reduce((s, x) => s + x, state.sum));

  const [sIn, sOut, sReveal] = M.slice(layout.selectors, layout.selectors + 3) as [bigint, bigint, bigint];
  const choose = (s: bigint, a: bigint, b: bigint): bigint => F.create(b + s * (a - b));
  const h = choose(sIn, state.hIn, state.o);
  const numbers = small.slice(trace.io, trace.io + shape.io * VECTOR);
  const elements = Array.from({ length: numbers.length / 8 }, (_, e) =>
    F.create(numbers.slice(8 * e, 8 * e + 8).reduce((s, x, k) => s + ((x + HALF) << BigInt(VALUE_BITS * k)), 0n)),
  );
  const writer = new WitnessWriter(engine, 'fr', { bits: 0, fields: to.hInNext - to.hash });
  const absorbed = hash(writer, 'absorb', [h, ...elements]);
  const next = {
    ...state,
    hIn: choose(sIn, absorbed, state.hIn),
    o: choose(sOut, absorbed, state.o),
    k: choose(sReveal, small[trace.reveal]! + 1n, state.k),
    sum,
  };
  const { hIn, o, k, alpha, gamma, rho } = state;
  const fields = [
    ...[BigInt(j), hIn, o, k, state.sum, alpha, gamma, rho],
    ...alphas.slice(1),
    ...rhos.slice(2),
    ...combined,
    ...gaps,
    ...inverses,
    sum,
    h,
    ...engine.fr.decode(writer.finish().fields),
    next.hIn,
    next.o,
    next.k,
  ];
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
  const { revealBits, groups } = traceLayout(shape);
  if (k < revealBits) return 'bit io';
  if (k < groups[0]!.backBits) return 'bit reveal';
  const own = groups.findLast(({ backBits }) => k >= backBits)!;
  return k < own.laneBits ? 'bit back' : 'bit lane';
}
