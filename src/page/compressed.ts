/**
 * A compressed proof on the page: verified as `fold verify compressed.cbor` does it, in its words. The parameters are rebuilt here, from
 * the plan and a commitment key that follows from the sources: the transparent one, or the development key. That of a ceremony is
 * a file of hundreds of megabytes, which the page does not read: the command line does.
 */
import { type Engine, POINT_BYTES, type Points } from '../algebra/engine.ts';
import { createEngine } from '../algebra/index.ts';
import { parseAnyPlan, stepSpecOf } from '../api/model.ts';
import { slotsOf } from '../api/specs.ts';
import { stepFunction } from '../api/step-function.ts';
import { checkAsked } from '../api/verify-asked.ts';
import type { CompressedProof } from '../compressed/proof.ts';
import { verifyCompressed } from '../compressed/verify.ts';
import { FoldError } from '../errors.ts';
import { developmentKey, developmentTau } from '../folding/commitment-key.ts';
import { buildStepSystem, type KeySource, type StepSystem } from '../folding/step-system.ts';
import { transparentPoints } from '../folding/transparent-key.ts';
import { plain } from '../plain-text.ts';
import { type ChainFacts, COMPRESSED_LINE, chainFacts, chainLines, soundLine } from '../report/chain-words.ts';
import { CHECK_WORDS } from '../report/check-words.ts';
import { decodeCompressed } from '../store/compressed-file.ts';
import { parseAnyJson } from '../store/json.ts';
import { otherTurns } from '../turns.ts';
import { count } from '../units.ts';
import { type GivenFile, pinOf, refused, type Verdict } from './judge.ts';

/** What is verified. */
export interface GivenCompressed {
  readonly compressed: GivenFile;
  readonly plan: GivenFile;
  /** As it was typed; empty for none. */
  readonly modelDigest: string;
}

/** Points of the transparent key between two turns of the event loop: a fifth of a second. */
const PIECE = 4096;

/** Told in words what goes on, before it does. */
type Progress = (words: string) => void;

/** Never fails: what is wrong is the verdict. @param signal ends it, for the verdict of other files */
export async function judgeCompressed(
  given: GivenCompressed,
  on: Progress = () => {},
  signal?: AbortSignal,
): Promise<Verdict> {
  const checks: [string, string][] = [];
  try {
    const modelDigest = pinOf(given.modelDigest);
    const proof = decodeCompressed(given.compressed.bytes);
    checkAsked(proof, { modelDigest, prefix: true });
    const step = stepSpecOf(parseAnyPlan(parseAnyJson(given.plan.bytes, given.plan.name)));
    // the transparent key has no pairing
    const insecure = proof.opening.kind === 'pairing';
    on('assembling the arithmetic ...');
    const engine = await createEngine();
    const key = insecure ? developmentSource(engine, on, signal) : transparentSource(engine, on, signal);
    const system = await buildStepSystem(engine, stepFunction(step), key);
    if (insecure) checkDevelopment(system, proof);
    on('checking the proof ...');
    await otherTurns(signal);
    verifyCompressed(engine, system, proof, insecure ? developmentTau() : undefined, (name) => {
      checks.push([name, CHECK_WORDS[name] ?? '']);
    });
    const facts = chainFacts(proof, system.step.state);
    return { ...told(facts, slotsOf(step), modelDigest !== undefined, insecure), checks };
  } catch (error) {
    return { ...refused(error), facts: [], checks };
  }
}

function told(facts: ChainFacts, slots: number | undefined, pinned: boolean, insecure: boolean) {
  const { steps, stepsPerNetwork, complete, root, modelDigest, planDigest, inputDigest, outputDigest } = facts;
  const lines = chainLines(facts, slots, pinned, insecure ? 'INSECURE DEV' : 'transparent');
  const headline = lines.findIndex((line) => line.startsWith('VERIFIED'));
  return {
    standing: pinned && complete && !insecure ? ('strict' as const) : ('verified' as const),
    headline: plain(lines[headline]!),
    facts: [
      ['model digest D', modelDigest],
      ...(root === undefined ? [] : [['root of the batch', root] as const]),
      [`input digest h_in${root === undefined ? '' : ', last item'}`, inputDigest],
      ...(complete ? [[`output digest o${root === undefined ? '' : ', last item'}`, outputDigest] as const] : []),
      ['parameters pp', planDigest],
      ['steps', root === undefined ? `${count(steps)} of ${count(stepsPerNetwork)}` : count(steps)],
    ] as const,
    lines: [
      ...lines.filter((_, k) => k !== headline).map((line) => line.trim()),
      ...(pinned ? [] : ['NOT PINNED: the model digest was compared with nothing.']),
      soundLine(insecure, insecure),
      COMPRESSED_LINE,
    ].map(plain),
  };
}

/** Powers of a ceremony are not at hand here, and no proof under them can be told from one of another plan. */
function checkDevelopment({ pp }: StepSystem, { statement }: CompressedProof): void {
  if (statement.wires.pp === pp) return;
  throw new FoldError('E_NO_KEY', 'This proof is not of this plan under the development key.', {
    expected: 'a proof under the transparent key (fold prove --no-wrap), or, for trials, the development key',
    got: 'one under the powers of tau of a ceremony, or another plan',
    hint: 'fold verify compressed.cbor --ptau FILE, which this page cannot do',
  });
}

/** Points that were made already: another proof needs the same. */
const made: Partial<Record<'transparent' | 'development', Points>> = {};

function transparentSource(engine: Engine, on: Progress, signal: AbortSignal | undefined): KeySource {
  return source('transparent', async (n) => {
    const canonical = new Uint8Array(n * POINT_BYTES);
    for (let at = 0; at < n; at += PIECE) {
      on(`making the transparent key, once: ${Math.floor((100 * at) / n)} % of ${count(n)} points`);
      await otherTurns(signal);
      canonical.set(transparentPoints(engine, at, Math.min(n, at + PIECE)), at * POINT_BYTES);
    }
    return engine.g1.fromCanonicalPoints(canonical);
  });
}

function developmentSource(engine: Engine, on: Progress, signal: AbortSignal | undefined): KeySource {
  return source('development', async (n) => {
    on('making the INSECURE development key, once: a few seconds ...');
    await otherTurns(signal);
    return developmentKey(engine, n);
  });
}

function source(name: 'transparent' | 'development', make: (n: number) => Promise<Points>): KeySource {
  return {
    ...{ name, insecure: name === 'development' },
    load: async (n) => {
      const known = made[name];
      const points = known && known.length >= n * POINT_BYTES ? known : await make(n);
      made[name] = points;
      return points.subarray(0, n * POINT_BYTES);
    },
  };
}
