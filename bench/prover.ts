/**
 * Folds and verifies programs of the tensor machine, one step circuit and the same threads for all: under the transparent key, or under
 * the development key where the final proof is to be made too.
 */
import { runItem } from '../src/api/items.ts';
import { developmentKeySource, transparentKeySource } from '../src/api/keys.ts';
import type { MachineModel } from '../src/api/model.ts';
import { buildPlan } from '../src/api/plan.ts';
import { type FoldThreads, proveOn, withThreads } from '../src/api/prove.ts';
import { statementOf } from '../src/api/statement.ts';
import { verify } from '../src/api/verify.ts';
import { wrap } from '../src/api/wrap.ts';
import { buildWrap } from '../src/api/wrap-circuit.ts';
import { setupDevelopmentWrap } from '../src/api/wrap-key.ts';
import { FoldError } from '../src/errors.ts';
import type { FoldedProof } from '../src/folding/proof.ts';
import type { Tensor } from '../src/ir/graph.ts';
import { STANDARD } from '../src/machine/shape.ts';
import { hex } from '../src/units.ts';
import { verifyFinal } from '../src/wrap/verify.ts';

interface Run {
  readonly model: MachineModel;
  readonly input: Tensor;
}

/** Seconds by the clock. */
interface Proving {
  readonly fold: number;
  readonly verify: number;
  /** From the folded proof to the verified final one, its circuit and key made before. */
  readonly wrap?: number;
}

/** @throws FoldError for a proof that is not of that run */
export type Prove = (run: Run) => Promise<Proving>;

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

export async function withProver<T>(
  work: (prove: Prove) => Promise<T>,
  { wrapped = false }: { readonly wrapped?: boolean } = {},
): Promise<T> {
  const [step, development] = [{ machine: STANDARD }, developmentKeySource()];
  const key = wrapped ? development : transparentKeySource();
  const built = await buildPlan(step, key);
  const wrapper = wrapped ? await wrapOf({ ...built, key: development, step }) : undefined;
  const proveWith =
    (threads: FoldThreads): Prove =>
    async ({ model, input }) => {
      const planned = { ...built, key, model };
      const [{ proof }, fold] = await timed(() => proveOn(threads, planned, input));
      const [, verified] = await timed(() => verify(proof, planned));
      const { digests } = runItem(planned, input);
      const told = statementOf(proof);
      if (told.inputDigest !== hex(digests.hIn) || told.outputDigest !== hex(digests.o))
        throw new FoldError('E_REJECTED', 'The proof is of another input or output.');
      if (!wrapper) return { fold, verify: verified };
      const [, seconds] = await timed(() => wrapper(proof));
      return { fold, verify: verified, wrap: seconds };
    };
  return withThreads(built, step, {}, (threads) => work(proveWith(threads)));
}

async function wrapOf(target: Parameters<typeof buildWrap>[0]): Promise<(proof: FoldedProof) => Promise<void>> {
  const r1cs = await buildWrap(target);
  const key = await setupDevelopmentWrap(target, r1cs);
  return async (proof) => {
    // what a machine reveals its program says
    const output = { logits: new Float64Array(), salt: 0n };
    const final = await wrap(target, r1cs, key, proof, output, 'nothing');
    verifyFinal(key.verification, final.statement, final.proof);
  };
}
