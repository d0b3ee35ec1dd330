/**
 * Known networks from file to proof: `npm run bench -- networks [--only NAME] [--prove NAME,...] [--wrap] [--write DIR]`. All are
 * read, planned, priced and run; folded and verified are those that --prove names, with --wrap their final proofs are made too. --write puts the files in a folder, for the commands to read.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchOptions } from './measure.ts';
import { ARCHITECTURES } from './networks/architectures.ts';
import { measureNetwork } from './networks/measure.ts';
import { type Prove, withProver } from './prover.ts';

export async function networks({ wants, report, prove, wrap, write }: BenchOptions): Promise<void> {
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
      const macs = figures.find((figure) => figure.name === 'macs')!.value;
      const told = [
        ...Object.entries(seconds).map(([part, value]) => ({ name: part, value, unit: 's' })),
        { name: 'processor', value: (user + system) / 1e6, unit: 's' },
        { name: 'rate', value: macs / seconds.fold, unit: 'multiplications a second' },
        { name: 'peak', value: process.resourceUsage().maxRSS / 2 ** 10, unit: 'MB' },
      ];
      report(told.map((figure) => ({ ...figure, name: `networks.${name}.${figure.name}` })));
    }
  };
  await (prove.length > 0 ? withProver(all, { wrapped: wrap }) : all());
}
