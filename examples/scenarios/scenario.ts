/**
 * What the four scenarios share: who proves, who checks, and what each of them holds. The prover hides what a scenario calls
 * private behind a random salt; what is public has salt 0, so that the reader recomputes its digest from the data.
 */
import {
  buildWrap,
  commitModel,
  developmentKeySource,
  freshSalt,
  hex,
  inputDigest,
  loadModel,
  outputDigest,
  plan,
  prove,
  quantize,
  setupDevelopmentWrap,
  statementOf,
  verify,
  verifyFinal,
  wrap,
} from 'layerfold';

export interface Scenario {
  readonly input: 'public' | 'private';
  readonly model: 'public' | 'private';
}

/** Runs a scenario on the first 17 layers of digits512; with `--no-wrap` on the command line it stops at the folded proof. */
export async function scenario({ input, model }: Scenario): Promise<void> {
  const withWrap = !process.argv.includes('--no-wrap');
  const loaded = await loadModel({ network: 'digits512', layers: 17 });
  const image = loaded.sample!;
  const planned = await plan(quantize(loaded), developmentKeySource());
  const { step } = planned.model.plan;

  // The owner of the model publishes its digest once. A private model keeps its salt: the same in every run.
  const modelSalt = model === 'private' ? freshSalt() : 0n;
  const { digest } = await commitModel(planned, { salt: modelSalt });
  console.log(`model: ${model}, digest ${hex(digest)}`);

  // The prover runs the network. The salt of a private input is fresh in every run.
  const salts = { model: modelSalt, input: input === 'private' ? freshSalt() : 0n, output: 0n };
  const { proof, output } = await prove(planned, image, { salts });
  await verify(proof, planned, { modelDigest: digest });
  console.log(
    `folded: ${proof.statement.steps} steps; the folded proof holds traces of all data and stays with the prover`,
  );

  // The reader knows digests, and the data that are public. What is told must be what is proven.
  const told = statementOf(proof);
  expectSame('output', outputDigest(step, output.logits), BigInt(told.outputDigest));
  if (input === 'public') expectSame('input', inputDigest(step, image), BigInt(told.inputDigest));
  else console.log(`input: private, digest ${told.inputDigest}; guessing the image does not help without the salt`);
  if (!withWrap) return;

  // The final proof is what leaves the prover: one Groth16 proof, zero-knowledge for what is private.
  const target = { ...planned, step };
  const circuit = await buildWrap(target);
  const key = await setupDevelopmentWrap(target, circuit);
  const final = await wrap(target, circuit, key, proof, { logits: output.logits, salt: 0n }, 'class');
  verifyFinal(key.verification, final.statement, final.proof);
  expectSame('model', digest, final.statement.modelDigest);
  console.log(`final proof verified: class ${final.statement.revealed - 1n} (development key: for trials only)`);
}

function expectSame(name: string, own: bigint, proven: bigint): void {
  if (own !== proven) throw new Error(`the ${name} is not the proven one`);
  console.log(`${name}: recomputed from the data, and it is the proven one`);
}
