/** `fold report`: a run folder or the table of an experiment as one HTML file that works offline. */
import { join } from 'node:path';
import { readExperimentTable } from '../../api/experiment-table.ts';
import { gatherReport } from '../../api/gather-report.ts';
import { ptauKeySource } from '../../api/keys.ts';
import { experimentPage } from '../../report/experiment-page.ts';
import { runPage } from '../../report/run-page.ts';
import { type CommandContext, MODEL_OPTIONS } from '../../runs/context.ts';
import { openModel } from '../../runs/resolve.ts';
import { bytes } from '../../show/format.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { readRun } from '../../store/run-folder.ts';
import { PROOF_FILE } from '../../store/run-record.ts';
import { OF_NETWORK, SEED } from '../meaning.ts';
import type { Verb } from '../verb.ts';
import { version } from '../version.ts';

/** A table of `fold experiment`; anything else is the folder of a run. */
const TABLE = /\.csv$/i;

interface Made {
  readonly html: string;
  /** Where it goes unless --out says otherwise. */
  readonly path: string;
  /** Whether it tells of a model or an input that is not public. */
  readonly secret: boolean;
}

export const reportVerb: Verb = {
  name: 'report',
  about:
    'Show a run, or the table of an experiment, as one HTML file, offline: the network, time, memory, constraints, ' +
    'accuracy; curves over what was swept. A folder that does not verify is not shown; no key and no digest is pinned.',
  argument: { name: '<path>', about: 'the folder of a run, or the .csv of fold experiment' },
  options: [...MODEL_OPTIONS, 'ptau', 'workers', 'out'],
  meanings: [
    {
      options: ['model', 'network', 'layers', 'seed', 'ptau'],
      only: 'the folder of a run: the table of an experiment names its networks itself',
      holds: ({ facts }) => !facts.table!,
    },
    OF_NETWORK,
    SEED,
    {
      options: ['ptau'],
      only: 'a run with the key of a ceremony',
      holds: ({ facts }) => facts.ceremony!,
    },
  ],
  factsOf: async ({ argument }) => {
    if (TABLE.test(argument!)) return { table: true };
    const record = await readRun(argument!);
    return { table: false, ceremony: record?.key.insecure !== true };
  },
  examples: [
    'fold report runs/digits512-512',
    'fold report runs/mine --model MODEL.onnx --out mine.html',
    'fold report runs/experiments/depth.csv',
  ],
  run: async (context) => {
    const { argument, options, report } = context;
    const { html, path: beside, secret } = await (TABLE.test(argument!) ? ofTable : ofRun)(context, argument!, now());
    const path = options.out ?? beside;
    const file = new TextEncoder().encode(html);
    await writeFileAtomic(path, file, { mode: secret ? 0o600 : 0o644 });
    report.result('report', { path, bytes: file.length, share: secret ? 'no' : 'yes' }, [
      `written to ${path} (${bytes(file.length)})`,
      ...(secret ? ['keep:  it tells of a model or an input that is not public'] : []),
    ]);
    return 0;
  },
};

const isNamed = ({ options }: CommandContext): boolean => options.model !== undefined || options.network !== undefined;

function now() {
  return { version: version(), time: new Date().toISOString().slice(0, 16).replace('T', ' ') };
}

async function ofRun(context: CommandContext, folder: string, made: ReturnType<typeof now>): Promise<Made> {
  const { options, report } = context;
  const gathered = await gatherReport(folder, {
    model: isNamed(context) ? await openModel({ options, argument: undefined }) : undefined,
    key: options.ptau === undefined ? undefined : ptauKeySource(options.ptau),
    workers: options.workers,
    on: report.on,
  });
  const secret = gathered.record.files.some(({ path, share }) => path === PROOF_FILE && share === 'no');
  return { html: runPage(gathered, folder, made), path: join(folder, 'report.html'), secret };
}

async function ofTable(_: CommandContext, path: string, made: ReturnType<typeof now>): Promise<Made> {
  const html = experimentPage(await readExperimentTable(path), path, made);
  return { html, path: path.replace(TABLE, '.html'), secret: false };
}
