/** `fold report`: a run folder or the table of an experiment as one HTML file that works offline. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatherReport } from '../../api/gather-report.ts';
import { packageRoot } from '../../ir/networks.ts';
import { runPage } from '../../report/run-page.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { bytes } from '../format.ts';
import { openModel } from '../subject.ts';
import { MODEL_OPTIONS, type Verb } from '../verb.ts';

export const reportVerb: Verb = {
  name: 'report',
  about: 'Show a run as one HTML file, offline: the network, time, memory, constraints, accuracy. Verifies nothing.',
  argument: { name: '<folder>', about: 'the folder of a run' },
  options: [...MODEL_OPTIONS, 'out'],
  examples: ['fold report runs/digits512-512', 'fold report runs/mine --model MODEL.onnx --out mine.html'],
  run: async ({ argument, options, report }) => {
    const folder = argument!;
    const named = options.model !== undefined || options.network !== undefined;
    const loaded = named ? await openModel({ options, argument: undefined }) : undefined;
    const gathered = await gatherReport(folder, loaded, report.on);
    const { version } = JSON.parse(readFileSync(`${packageRoot()}/package.json`, 'utf8'));
    const html = runPage(gathered, folder, { version, time: new Date().toISOString().slice(0, 16).replace('T', ' ') });
    const path = options.out ?? join(folder, 'report.html');
    const secret = gathered.record.files.some(({ path: file, share }) => file === 'folded.cbor' && share === 'no');
    const file = new TextEncoder().encode(html);
    await writeFileAtomic(path, file, { mode: secret ? 0o600 : 0o644 });
    report.result('report', { path, bytes: file.length, share: secret ? 'no' : 'yes' }, [
      `written to ${path} (${bytes(file.length)})`,
      ...(secret ? ['keep:  it tells of a model or an input that is not public'] : []),
    ]);
    return 0;
  },
};
