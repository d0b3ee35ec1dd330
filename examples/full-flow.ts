/**
 * The whole story in five steps: a network, its integers, its step circuit, a proof, and a verifier who trusts only what
 * it rebuilds itself.
 *
 *   npx tsx examples/full-flow.ts [layers]        (3 to 512; by default the first 24)
 */
import {
  buildPlan,
  commitModel,
  decodeProof,
  developmentKeySource,
  encodeProof,
  hex,
  inputDigest,
  loadModel,
  outputDigest,
  plan,
  prove,
  quantize,
  runInteger,
  statementOf,
  verify,
} from 'layerfold';

const layers = Number(process.argv[2] ?? 24);

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
