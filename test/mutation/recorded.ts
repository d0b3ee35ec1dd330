/**
 * Mutants in groups, each of which is weakened in a process of its own: those of one circuit, of what sponges absorb, of one source.
 * As a program: `recorded.ts NAME` prints the outcomes of a circuit's group, or of the absorptions, as lines of JSON.
 */
import { createEngine } from '../../src/algebra/index.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { toyKey, toyStep } from '../folding/toy.ts';
import { memoryMachine } from '../helpers/memory-machine.ts';
import { absorptionMutants } from './absorptions.ts';
import { Analysis } from './analysis.ts';
import { CIRCUITS } from './circuits/index.ts';
import { machineSpongeUses } from './machine-sponges.ts';
import type { Outcome } from './outcome.ts';
import { maskMutants, rowMutants } from './rows.ts';
import { spongeUses } from './sponges.ts';
import { termMutants } from './terms.ts';

export const ABSORPTIONS = 'absorptions';
export const RECORDED: readonly string[] = [...Object.keys(CIRCUITS).map((name) => `circuit ${name}`), ABSORPTIONS];

/** Of a group of RECORDED; `selected` hears of every mutant before it is judged. */
export async function* recordedOutcomes(name: string, selected: (id: string) => boolean): AsyncGenerator<Outcome> {
  if (name === ABSORPTIONS) {
    const engine = await createEngine();
    const system = await buildStepSystem(engine, toyStep, toyKey(engine));
    const machine = await buildStepSystem(engine, memoryMachine, toyKey(engine));
    const uses = [...(await spongeUses(engine, system)), ...machineSpongeUses(engine, machine)];
    for (const use of uses) yield* absorptionMutants(use, selected);
    return;
  }
  for (const circuit of await CIRCUITS[name.replace(/^circuit /, '')]!()) {
    const analysis = new Analysis(circuit);
    for (const mutants of [rowMutants, maskMutants, termMutants]) yield* mutants(analysis, selected);
  }
}

if (process.argv[1] === import.meta.filename) {
  for await (const outcome of recordedOutcomes(process.argv[2]!, () => true)) console.log(JSON.stringify(outcome));
}
