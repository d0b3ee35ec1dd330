/** Spartan, the opening and the public signals of the wrap, on a small folded system with all that its verifier tells apart. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { type Affine, R } from '../../../src/algebra/params.ts';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../../src/algebra/sponge.ts';
import { assertEqual, type ConstraintSystem, multiply, sumOfProducts } from '../../../src/circuit/constraint-system.ts';
import { pack } from '../../../src/circuit/gadgets/bits.ts';
import { commitmentOf, elementsOfRunning, type Running } from '../../../src/folding/instance.ts';
import type { StepSystem } from '../../../src/folding/step-system.ts';
import { atOnce } from '../../../src/turns.ts';
import { auxiliaryLayout } from '../../../src/wrap/auxiliary/layout.ts';
import { openFolded, openingLayout, type WrapAdvice, wrapKeyLength } from '../../../src/wrap/circuit.ts';
import { type FinalStatement, STATEMENT, type StatementOf, statementWords } from '../../../src/wrap/final-proof.ts';
import { commitHere } from '../../../src/wrap/opening/commit.ts';
import { type ProvenOpening, proveOpening } from '../../../src/wrap/opening/prove.ts';
import { scaledEq } from '../../../src/wrap/spartan/eq.ts';
import type { JoinedWitness } from '../../../src/wrap/spartan/joined.ts';
import { proveSpartan } from '../../../src/wrap/spartan/prove.ts';
import { toyKey } from '../../folding/toy.ts';
import { TestSystem } from '../../helpers/circuit.ts';
import { toy } from '../../wrap/auxiliary/toy.ts';
import { elementsFrom, foldedOf } from '../../wrap/folded.ts';
import { Recorder } from '../recorder.ts';
import type { ChainData } from './chain-data.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

const MODEL = 5;
/** Aux is as long as that of the toy relation. */
const AUXILIARY = { generators: toy.generators } as Pick<
  StepSystem['cycleFold'],
  'generators'
> as StepSystem['cycleFold'];
const AUX_LOG = auxiliaryLayout(toy.generators.length).log;
const AUX_POINTS = [11, 12].map((seed) => Array.from({ length: AUX_LOG }, elementsFrom(seed)));

/** Rows of one product and of many, linear ones, squares, and bits packed in whole blocks and in pieces of them. */
function rows<E>(cs: ConstraintSystem<E>, model: readonly E[]): void {
  const [x] = cs.publicInputs(() => [], 1);
  const bits = cs.bits(21, () => 0n);
  const [a, b] = [pack(cs, bits.slice(0, 16)), pack(cs, bits.slice(3, 19))];
  const c = multiply(cs, a, b);
  const d = sumOfProducts(
    cs,
    model.map((w, k) => [w, bits[k]!] as const),
  );
  const e = multiply(cs, cs.add(c, x!), cs.add(d, cs.constant(3n)));
  assertEqual(
    cs,
    cs.sum([
      [5n, e],
      [7n, model[0]!],
      [-1n, a],
    ]),
    b,
  );
  cs.row([d, d], [e, c], [cs.scale(9n, d), x!], [model[1]!, e], [b, cs.constant(2n)]);
  cs.row([bits[20]!, cs.sub(e, x!)]);
  const f = cs.fifthPower(cs.add(d, cs.constant(11n)));
  cs.fifthPower(cs.sub(f, cs.scale(5n, model[2]!)));
  cs.fifthPower(e);
}

export interface OpenedInstance {
  readonly system: StepSystem;
  readonly statement: FinalStatement;
  readonly folded: Running<bigint>;
  readonly advice: Pick<WrapAdvice, 'spartan' | 'opening'>;
  readonly opened: ProvenOpening['opening'];
  /** Of the joined vector, and the point that stands for its commitment. */
  readonly claims: readonly bigint[];
  readonly cmAux: Affine;
}

/** A random relaxed instance of `rows`, proven. */
export async function openedInstance(engine: Engine, data: ChainData, seed: number): Promise<OpenedInstance> {
  const {
    system: of,
    claim,
    witness,
  } = foldedOf(engine, new TestSystem(engine, 'fr', (cs) => rows(cs, cs.model(MODEL))), seed);
  const { next } = data;
  const cms = data.commitments().map(commitmentOf);
  const folded = { U: { ...claim, cms }, cycleFold: { ...data.running().cycleFold, x: [] } };
  const statement = Object.fromEntries(STATEMENT.map((name) => [name, next()])) as unknown as FinalStatement;
  const key = await toyKey(engine).load(wrapKeyLength({ layout: of.layout, cycleFold: AUXILIARY }));
  const transcript = begin(nativeSponge(engine), statement, folded);
  const joined = joinedVector(engine, seed);
  const spartan = atOnce(proveSpartan(engine, transcript, of, claim, witness, [joined.witness]));
  const target = {
    commit: commitHere(engine, key),
    layout: openingLayout({ layout: of.layout, cycleFold: AUXILIARY }),
  };
  const { messages, opening } = await proveOpening(engine, transcript, target, spartan.vectors, spartan.ry);
  const advice = { spartan: spartan.proof, opening: messages };
  const system = { ...data.system, ...of, cycleFold: AUXILIARY as StepSystem['cycleFold'] };
  return {
    system,
    statement,
    folded,
    advice,
    opened: opening,
    claims: joined.witness.claims,
    cmAux: data.commitments()[0]!,
  };
}

/** Stands for Aux: two claims, on its extension at fixed points. */
function joinedVector(engine: Engine, seed: number) {
  const { fr } = engine;
  const next = elementsFrom(100 + seed);
  const vector = fr.encode(Array.from({ length: 2 ** AUX_LOG }, next));
  const tables = AUX_POINTS.map((point) => fr.eqTable(fr.encode(point)));
  const witness: JoinedWitness = {
    vector,
    claims: tables.map((table) => fr.decode(fr.dot(table, vector))[0]!),
    *weights(factors) {
      const sum = new Uint8Array(vector.length);
      factors.forEach((k, j) => {
        fr.axpy(sum, fr.encode([k]), tables[j]!);
      });
      return sum;
    },
  };
  return { witness };
}

/** The caller's part, as `foldLast` leaves it. */
function begin<E>(f: SpongeArithmetic<E>, statement: StatementOf<E>, folded: Running<E>): Transcript<E> {
  const transcript = new Transcript(f, 'wrap');
  transcript.absorb(...statementWords(statement), ...elementsOfRunning(folded));
  return transcript;
}

/** `openFolded` between wires of its own. */
export function openCircuit<E>(
  cs: ConstraintSystem<E>,
  { system, statement, folded, advice, claims, cmAux }: OpenedInstance,
): void {
  const wire = (value: bigint): E => cs.field(() => value);
  const words = Object.fromEntries(STATEMENT.map((name) => [name, wire(statement[name])])) as unknown as StatementOf<E>;
  const elements = elementsOfRunning(folded).map(wire);
  const { cms, rho } = folded.U;
  let at = 0;
  const take = (): E => elements[at++]!;
  const fq = () => ({ lo: take(), hi: take() });
  const U = { cms: cms.map(() => ({ x: fq(), y: fq() })), u: take(), x: take(), rho: rho.map(take), v: take() };
  const limbs = ({ lo, hi }: { lo: bigint; hi: bigint }) => ({ lo: wire(lo), hi: wire(hi) });
  const point = commitmentOf(cmAux);
  const joined = {
    log: AUX_LOG,
    claims: claims.map(wire),
    commitment: { x: limbs(point.x), y: limbs(point.y) },
    *weight(factors: readonly E[], at: readonly E[]) {
      const one = cs.constant(1n);
      return sumOfProducts(
        cs,
        factors.map(
          (factor, k) =>
            [
              factor,
              scaledEq(
                cs,
                one,
                AUX_POINTS[k]!.map((c) => cs.constant(c)),
                at,
              ),
            ] as const,
        ),
      );
    },
  };
  const wires = { U, cycleFold: { c: { x: take(), y: take() }, u: take(), x: [] } };
  atOnce(
    openFolded(
      cs,
      system,
      { statement: words, folded: wires, transcript: begin(cs, words, wires) },
      joined,
      () => advice as WrapAdvice,
    ),
  );
}

export async function openFoldedUnderMutation(engine: Engine, data: ChainData): Promise<CircuitUnderMutation> {
  const situations: Situation[] = [];
  for (const seed of [1, 2]) {
    const opened = await openedInstance(engine, data, seed);
    situations.push({
      name: `seed ${seed}`,
      holds: {},
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        openCircuit(recorder, opened);
        return recorder;
      },
    });
  }
  return { name: 'wrap open folded', situations };
}
