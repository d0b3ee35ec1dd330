/**
 * Benchmarks: `npm run bench -- NAME [--json] [--rounds N] [--only PREFIX] [--processor]`. Prints lines `name value unit` as they
 * come, or with --json one JSON array at the end. --processor: comparisons by processor time instead of the clock. --prove NAME,..., --wrap
 * and --write DIR are of `networks`.
 */
import { parseArgs } from 'node:util';
import { compressed } from './compressed.ts';
import { groth16 } from './groth16.ts';
import { kernels } from './kernels.ts';
import { limit } from './limit.ts';
import { type BenchOptions, type Figure, useProcessorTime } from './measure.ts';
import { membership } from './membership.ts';
import { networks } from './networks.ts';
import { queue } from './queue.ts';
import { scaling } from './scaling.ts';
import { stages } from './stages.ts';
import { threads } from './threads.ts';

const BENCHES: Record<string, (options: BenchOptions) => Promise<void>> = {
  compressed,
  groth16,
  kernels,
  limit,
  membership,
  networks,
  queue,
  scaling,
  stages,
  threads,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '7' },
    only: { type: 'string', default: '' },
    prove: { type: 'string', default: '' },
    wrap: { type: 'boolean', default: false },
    write: { type: 'string', default: '' },
    processor: { type: 'boolean', default: false },
  },
});
const bench = BENCHES[positionals[0] ?? ''];
if (!bench) {
  process.stderr.write(
    `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--rounds N] [--only PREFIX] [--processor]\n`,
  );
  process.exit(2);
}
if (values.processor) useProcessorTime();
const all: Figure[] = [];
await bench({
  rounds: Number(values.rounds),
  prove: values.prove.split(',').filter((name) => name !== ''),
  wrap: values.wrap,
  write: values.write,
  wants: (name) => name.startsWith(values.only),
  report: (figures) => {
    all.push(...figures);
    if (values.json) return;
    for (const { name, value, unit } of figures) process.stdout.write(`${name} ${value.toPrecision(3)} ${unit}\n`);
  },
});
if (values.json) process.stdout.write(`${JSON.stringify(all, null, 1)}\n`);
