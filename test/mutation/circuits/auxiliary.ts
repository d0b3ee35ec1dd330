/** The wrap's check of a folded CycleFold instance over Aux, on the small relation that has all kinds of its rows. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { Q, R } from '../../../src/algebra/params.ts';
import { nativeSponge, type SpongeArithmetic, Transcript } from '../../../src/algebra/sponge.ts';
import { type CycleFoldInstance, commitmentOf, cycleFoldBits } from '../../../src/folding/instance.ts';
import { atOnce } from '../../../src/turns.ts';
import { buildAuxiliary } from '../../../src/wrap/auxiliary/chain.ts';
import { auxiliaryLayout } from '../../../src/wrap/auxiliary/layout.ts';
import type { AuxiliaryProof } from '../../../src/wrap/auxiliary/proof.ts';
import { proveAuxiliary, scalarsOf } from '../../../src/wrap/auxiliary/prove.ts';
import { verifyAuxiliary } from '../../../src/wrap/auxiliary/verify.ts';
import { commitHere } from '../../../src/wrap/opening/commit.ts';
import { toyKey } from '../../folding/toy.ts';
import { TOY_SCALARS, type ToyRun, toy, toyRun } from '../../wrap/auxiliary/toy.ts';
import { elementsFrom } from '../../wrap/folded.ts';
import { Recorder } from '../recorder.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

const next = elementsFrom(31);
const fq = (): bigint => (next() * next()) % Q;
/** u's range is used to its end somewhere. */
const run = (k: number): ToyRun =>
  toyRun(k === 2 ? (1n << 163n) - 1n : next() >> 92n, [fq(), fq()], [fq(), fq(), fq()]);

export async function auxiliaryUnderMutation(engine: Engine): Promise<CircuitUnderMutation> {
  const { log } = auxiliaryLayout(TOY_SCALARS);
  const commit = commitHere(engine, await toyKey(engine).load(2 ** log));
  const situations: Situation[] = [];
  for (let k = 0; k < 24; k++) {
    const { instance, opening } = run(k);
    const vector = atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(opening), next()));
    const commitment = await commit(vector);
    const transcript = transcriptOf(nativeSponge(engine), instance);
    const { proof } = atOnce(proveAuxiliary(engine, transcript, toy, instance, opening, vector, commitment));
    situations.push({
      name: `run ${k}`,
      holds: {},
      record(cheat) {
        const recorder = new Recorder(R, {}, cheat);
        check(recorder, instance, commitmentOf(commitment), proof);
        return recorder;
      },
    });
  }
  return { name: 'wrap auxiliary', situations: situations.slice(0, 2), further: situations.slice(2) };
}

function transcriptOf<E>(f: SpongeArithmetic<E>, { c, u, x }: CycleFoldInstance<E>): Transcript<E> {
  const transcript = new Transcript<E>(f, 'test');
  transcript.absorb(c.x, c.y, u, ...x.flatMap(({ lo, hi }) => [lo, hi]));
  return transcript;
}

/** The check, and the weights of its claims at a point, as Spartan asks for them. */
function check(
  cs: Recorder,
  instance: CycleFoldInstance<bigint>,
  commitment: ReturnType<typeof commitmentOf>,
  proof: AuxiliaryProof,
): void {
  const wire = (value: bigint) => cs.field(() => value);
  const limbs = ({ lo, hi }: { lo: bigint; hi: bigint }) => ({ lo: wire(lo), hi: wire(hi) });
  const given = {
    c: { x: wire(instance.c.x), y: wire(instance.c.y) },
    u: wire(instance.u),
    x: instance.x.map(limbs),
  };
  const point = { x: limbs(commitment.x), y: limbs(commitment.y) };
  const joined = atOnce(verifyAuxiliary(cs, transcriptOf(cs, given), toy, given, cycleFoldBits(2), point, () => proof));
  const anywhere = elementsFrom(7);
  const factors = joined.claims.map(() => wire(anywhere()));
  const coordinates = Array.from({ length: joined.log }, () => wire(anywhere()));
  atOnce(joined.weight(factors, coordinates));
}
