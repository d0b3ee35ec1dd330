/**
 * Known networks from file to proof: `npm run bench -- networks [--only NAME] [--prove NAME,...] [--write DIR]`. All are read,
 * planned, priced and run; folded are those that --prove names. --write puts the files in a folder, for the commands to read.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from './measure.ts';
import { ARCHITECTURES } from './networks/architectures.ts';
import { measureNetwork } from './networks/measure.ts';
import { type Prove, withProver } from './prover.ts';

export async function networks({ wants, report, prove, write }: BenchOptions): Promise<void> {
  const names = Object.keys(ARCHITECTURES).filter(wants);
  const all = async (fold?: Prove): Promise<void> => {
    for (const name of names) {
      const network = ARCHITECTURES[name]!();
      if (write) {
        mkdirSync(write, { recursive: true });
        writeFileSync(join(write, `${name}.onnx`), network.bytes);
        writeFileSync(join(write, `${name}.json`), JSON.stringify({ input_data: [[...network.input]] }));
      }
      const { figures, ...run } = await measureNetwork(network);
      report(figures.map((figure) => ({ ...figure, name: `networks.${name}.${figure.name}` })));
      if (!fold || !prove.includes(name)) continue;
      const start = process.cpuUsage();
      const seconds = await fold(run);
      const { user, system } = process.cpuUsage(start);
      report([
        { name: `networks.${name}.fold`, value: seconds, unit: 's' },
        { name: `networks.${name}.fold.processor`, value: (user + system) / 1e6, unit: 's' },
      ]);
    }
  };
  await (prove.length > 0 ? withProver(all) : all());
}
