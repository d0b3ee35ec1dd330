/**
 * The whole story in seven steps: a network, its integers, its step circuit, a folded proof, a verifier who trusts only what it
 * rebuilds itself, the small final proof, and the contract that checks it in an EVM.
 *
 *   npx tsx examples/full-flow.ts [layers] [--no-wrap]        (3 to 512; by default the first 24)
 *
 * With --no-wrap it stops at the folded proof. The first wrap makes a development key of some 50 MB in the cache, which takes seconds;
 * the contract needs solc and ethereumjs' EVM, which a clone has.
 */
import {
  buildPlan,
  buildWrap,
  commitModel,
  decodeProof,
  developmentKeySource,
  encodeProof,
  FoldError,
  hex,
  inputDigest,
  loadModel,
  measureGas,
  outputDigest,
  plan,
  prove,
  quantize,
  runInteger,
  setupDevelopmentWrap,
  statementOf,
  verify,
  verifyFinal,
  wrap,
  writeVerifier,
} from 'layerfold';

const words = process.argv.slice(2);
const withWrap = !words.includes('--no-wrap');
const layers = Number(words.find((word) => word !== '--no-wrap') ?? 24);

// 1. A network. digits512 comes with the package: 512 layers that read a handwritten digit. Fewer layers are its first
//    ones with the same readout, so that every depth uses the same step circuit.
const loaded = await loadModel({ network: 'digits512', layers });
const image = loaded.sample!;

// 2. Its integers. A proof is about whole numbers, so weights and activations become fixed-point integers, and the
//    integer run IS the meaning of the network. The plan that says how belongs to the network, not to this image.
const model = quantize(loaded);
const { class: predicted, values } = runInteger(model, image);
console.log(`1. ${loaded.name}: ${model.layers} layers in ${model.steps} steps`);
console.log(`2. in integers the class is ${predicted}, with logit ${values[predicted]}`);

// 3. Its step circuit: every step runs the same few layers, and checks one fold of all the steps before it. The
//    development key needs no download, but anyone can forge proofs under it; ptauKeySource(path) takes a ceremony's.
const key = developmentKeySource();
const planned = await plan(model, key);
const { digest } = await commitModel(planned);
console.log(`3. the network is committed: model digest ${hex(digest)}`);

// 4. The proof: step by step, each folded into one running instance. Whatever the depth, one instance is left.
const { proof, output } = await prove(planned, image, {
  on: (event) => {
    if (event.type === 'step') console.log(`   folded step ${event.step} of ${event.steps}`);
  },
});
const file = encodeProof(proof);
console.log(`4. proven: ${(file.length / 1e6).toFixed(1)} MB`);

// 5. The verifier. It has the file, the plan and the digest of the model it expects. It rebuilds the parameters with its
//    own code, checks every relation, and recomputes the digests of the input that it means and of the output it was told.
const received = decodeProof(file);
const own = await buildPlan(model.plan.step, key);
const verified = await verify(received, own, { modelDigest: digest });
const said = statementOf(received);
if (hex(inputDigest(model.plan.step, image)) !== said.inputDigest) throw new Error('the input is not the proven one');
if (hex(outputDigest(model.plan.step, output.logits)) !== said.outputDigest)
  throw new Error('the output is not the proven one');
console.log(`5. verified: ${verified.checks.length} checks hold, the class is ${predicted}`);

if (withWrap) {
  // 6. The final proof, which leaves the prover: one Groth16 proof and one opening, a few kilobytes whatever the depth. Its circuit
  //    checks a folded proof of any network of this plan, so its key is made once.
  const target = { ...planned, step: model.plan.step };
  const circuit = await buildWrap(target);
  const wrapKey = await setupDevelopmentWrap(target, circuit);
  const final = await wrap(target, circuit, wrapKey, proof, { logits: output.logits, salt: 0n }, 'class');
  const proven = verifyFinal(wrapKey.verification, final.statement, final.proof);
  if (proven.modelDigest !== digest) throw new Error('the proof is of another model');
  console.log(`6. wrapped and verified: class ${proven.revealed - 1n}, in ${proven.steps} steps`);

  // 7. The contract: made from the key, it accepts proofs of this one model. Here it is deployed in an EVM in memory.
  const verifier = await writeVerifier({ vk: wrapKey.verification, network: loaded.name, modelDigest: digest });
  const { total, calldataBytes } = await measureGas(verifier, proven, final.proof);
  console.log(`7. the contract ${verifier.name} accepts it, for ${total} gas and ${calldataBytes} bytes of calldata`);

  // A lie, told to the contract: another class. It is refused as the native verifier refuses it.
  const lie = { ...final.statement, revealed: (final.statement.revealed % 10n) + 1n };
  const refused = await measureGas(verifier, lie, final.proof).then(
    () => false,
    (error) => error instanceof FoldError && error.code === 'E_REJECTED',
  );
  if (!refused) throw new Error('the contract believes a lie');
  console.log('   and refuses another class');
}
