import { createEngine } from './src/algebra/index.ts';
import { buildStepSystem } from './src/folding/step-system.ts';
import { toyKey, toyStep } from './test/folding/toy.ts';
import { absorptionMutants } from './test/mutation/absorptions.ts';
import { survives } from './test/mutation/outcome.ts';
import { spongeUses } from './test/mutation/sponges.ts';
const engine = await createEngine();
const system = await buildStepSystem(engine, toyStep, toyKey(engine));
for (const use of await spongeUses(engine, system)) {
  try {
  const o = absorptionMutants(use, () => true);
  console.log(use.name, o.length, o.filter((x) => x.killedBy).length, process.cpuUsage().user / 1e6);
  for (const x of o.filter(survives)) console.log('  SURVIVES', x.id);
  } catch (e) { console.log(String(e)); }
}
