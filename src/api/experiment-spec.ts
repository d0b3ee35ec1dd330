/**
 * The description of an experiment (docs/experiments.md): which networks, which parameters are swept over which values,
 * how often. The repetitions are the product of all of them, in a fixed order.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { FoldError } from '../errors.ts';
import { packageRoot } from '../ir/networks.ts';
import { entriesOf, issueText, listOf } from '../store/bounded.ts';
import { sha256Json } from '../store/digest.ts';
import { parseAnyJson } from '../store/json.ts';
import { readFileBounded } from '../store/read.ts';
import { CIRCUITS } from './load-network.ts';
import type { Asked } from './repetition.ts';
import { defaultWorkers } from './workers.ts';

const MAX_SPEC_BYTES = 2 ** 20;
/** More than anyone waits for; a product of long lists is a slip of the pen. */
const MOST_REPETITIONS = 10_000;

const whole = (low: number, high: number) => z.int().min(low).max(high);
const values = (low: number, high: number) => listOf(whole(low, high), 1000, 1).optional();

const sweepSchema = z.strictObject({
  layers: values(3, 2 ** 20),
  /** Of the synthetic network's activations, an even number; and the side of its square image. */
  channels: values(2, 64),
  side: values(3, 1024),
  layersPerStep: values(1, 512),
  workers: values(1, 64),
  activationBits: values(1, 30),
  activationFraction: values(0, 29),
  weightFraction: values(1, 30),
  /** Room above the ranges of samples, of plans for the tensor machine. */
  headroom: listOf(z.number().min(1).max(1024), 1000, 1).optional(),
});

/** What can be swept, the outermost loop first. */
export const PARAMETERS = sweepSchema.keyof().options;

const circuit = z.enum(CIRCUITS).optional();
/** Sizes of symbolic dimensions. */
const dim = entriesOf(z.string().max(1000), whole(1, 999_999_999), 100).optional();

const specSchema = z.strictObject({
  format: z.literal('layerfold/experiment'),
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and hyphens'),
  about: z.string().max(4000),
  repeats: whole(1, 1000),
  /** fresh: each repetition has an empty cache, so that commitments are made and timed; shared: the user's cache. */
  cache: z.enum(['fresh', 'shared']),
  networks: listOf(
    z.union([
      z.strictObject({ network: z.string(), seed: whole(0, 2 ** 31).optional(), circuit }),
      z.strictObject({ model: z.string(), input: z.string(), circuit, dim }),
    ]),
    100,
    1,
  ),
  sweep: sweepSchema,
  /** Figures of others that stand beside ours; `where` names swept values. */
  published: listOf(
    z.strictObject({
      where: z.partialRecord(sweepSchema.keyof(), z.int()),
      proveSeconds: z.number().positive().optional(),
      verifySeconds: z.number().positive().optional(),
      source: z.string().max(400),
    }),
    100,
  ).optional(),
});

/** Parameters that one circuit alone has. */
const OF_SLOTS = [
  'layers',
  'channels',
  'side',
  'layersPerStep',
  'activationBits',
  'activationFraction',
  'weightFraction',
] as const;
const OF_MACHINE = ['headroom'] as const;

export type ExperimentSpec = z.infer<typeof specSchema>;
type Published = NonNullable<ExperimentSpec['published']>[number];

export interface Repetition {
  /** Names the parameters and the number: the same in every run of the same experiment. */
  readonly id: string;
  readonly number: number;
  readonly asked: Asked;
  readonly published: Published | undefined;
}

/** A file, or the name of one of examples/experiments. @throws E_FILE, E_FORMAT, E_TOO_LARGE */
export async function readExperiment(nameOrPath: string): Promise<ExperimentSpec> {
  const bundled = join(packageRoot(), 'examples', 'experiments', `${nameOrPath}.json`);
  const path = /^[a-z0-9-]+$/.test(nameOrPath) && existsSync(bundled) ? bundled : nameOrPath;
  const json = parseAnyJson(await readFileBounded(path, MAX_SPEC_BYTES), path);
  return parseExperiment(json, path);
}

/** @param path paths of models and inputs in the spec are relative to its folder */
export function parseExperiment(json: unknown, path: string): ExperimentSpec {
  const parsed = specSchema.safeParse(json);
  if (!parsed.success)
    throw new FoldError('E_FORMAT', `"${path}" is no description of an experiment.`, {
      expected: '{format: "layerfold/experiment", version: 1, name, about, repeats, cache, networks, sweep}',
      got: issueText(parsed.error),
      hint: 'docs/experiments.md; examples/experiments has some',
    });
  checkWidths(parsed.data);
  checkCircuits(parsed.data);
  const near = (file: string): string => resolve(dirname(path), file);
  const networks = parsed.data.networks.map((n) =>
    'model' in n ? { ...n, model: near(n.model), input: near(n.input) } : n,
  );
  return { ...parsed.data, networks };
}

/** Another network is as wide as it is. @throws E_FORMAT */
function checkWidths({ networks, sweep }: ExperimentSpec): void {
  const swept = (['channels', 'side'] as const).filter((name) => sweep[name]);
  const fixed = networks.map((n) => ('model' in n ? n.model : n.network)).find((name) => name !== 'synthetic');
  if (swept.length > 0 && fixed !== undefined)
    throw new FoldError('E_FORMAT', `${swept.join(' and ')} can be swept of the synthetic network only.`, {
      expected: 'synthetic as the only network',
      got: fixed,
    });
}

/** What only the other circuit has is swept in vain. @throws E_FORMAT */
function checkCircuits({ networks, sweep }: ExperimentSpec): void {
  for (const { circuit: own } of networks) {
    const foreign = own === 'machine' ? OF_SLOTS : own === 'slots' ? OF_MACHINE : [];
    const swept = foreign.filter((name) => sweep[name]);
    if (swept.length > 0)
      throw new FoldError('E_FORMAT', `${swept.join(' and ')} cannot be swept of the circuit "${own}".`, {
        expected: `networks of ${own === 'machine' ? 'slots' : 'the tensor machine'}, or no such list`,
        got: swept.join(', '),
      });
  }
}

/**
 * All repetitions. The repeats are the outermost loop: whatever changes on the machine over hours meets all parameters
 * alike, and an experiment that is stopped early has measured each of them.
 * @throws E_TOO_LARGE
 */
export function repetitions(spec: ExperimentSpec): Repetition[] {
  const { sweep } = spec;
  const size = Object.values(sweep).reduce((n, list) => n * (list?.length ?? 1), spec.networks.length * spec.repeats);
  if (size > MOST_REPETITIONS)
    throw new FoldError('E_TOO_LARGE', 'The experiment has too many repetitions.', {
      expected: `at most ${MOST_REPETITIONS}`,
      got: `${size}`,
    });
  const axes = { ...sweep, workers: sweep.workers ?? [defaultWorkers()] };
  const points = PARAMETERS.reduce<readonly Partial<Asked>[]>(
    (before, name) => {
      const list = axes[name];
      return list ? before.flatMap((point) => list.map((value) => ({ ...point, [name]: value }))) : before;
    },
    spec.networks.map((network) => ({ network })),
  ) as readonly Asked[];
  return Array.from({ length: spec.repeats }, (_, k) =>
    points.map((asked) => ({
      id: `${sha256Json({ asked, cache: spec.cache }).slice(0, 12)}-${k + 1}`,
      number: k + 1,
      asked,
      published: spec.published?.find(({ where }) =>
        Object.entries(where).every(([name, value]) => asked[name as keyof Asked] === value),
      ),
    })),
  ).flat();
}
