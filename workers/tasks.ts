/** The tasks of a pool thread, one exported function each; Piscina calls them by name. */
import { workerData } from 'node:worker_threads';
import { type Engine, FIELD_BYTES, type RowKernels } from '../src/algebra/engine.ts';
import { createEngine } from '../src/algebra/index.ts';
import { commitModel as commitModelBlock, commitPieces } from '../src/folding/commit.ts';
import { CycleFoldWriter } from '../src/folding/cyclefold-witness.ts';
import * as fresh from '../src/folding/fresh-witness.ts';
import { share } from '../src/folding/row-chunks.ts';
import { boxesPart, crossPart, lineChunk, termsPart, updatePart } from '../src/folding/sweeps.ts';
import { layerWitness } from '../src/layers/step.ts';
import type { TaskName, Tasks, ThreadData } from '../src/pool/messages.ts';
import { type Outcome, outcome } from '../src/pool/outcome.ts';

const data = workerData as ThreadData;
const { buffers, chunkLog, frame, key, layout } = data;

interface Thread {
  readonly engine: Engine;
  readonly rows: RowKernels;
  readonly cycleFold: CycleFoldWriter;
}

const ready: Promise<Thread> = createEngine(data.image).then((engine) => {
  engine.g1.shareTables(key, data.tables);
  return { engine, rows: engine.fr.rows(data.matrix), cycleFold: new CycleFoldWriter(engine, data.cycleFold) };
});

type Handler<N extends TaskName> = (input: Tasks[N]['in']) => Promise<Outcome<Tasks[N]['out']>>;

function task<N extends TaskName>(run: (thread: Thread, input: Tasks[N]['in']) => Tasks[N]['out']): Handler<N> {
  return async (input) => {
    const thread = await ready;
    return outcome(() => run(thread, input));
  };
}

export const commit = task<'commit'>(({ engine }, { pieces }) => commitPieces(engine, key, pieces));

export const commitModel = task<'commitModel'>(({ engine }, { model, blinding }) =>
  commitModelBlock(engine, key, layout, model, blinding),
);

export const layers = task<'layers'>(({ engine }, { model, input, salts }) =>
  layerWitness(engine, data.step, model, input, salts),
);

export const writeLayers = task<'writeLayers'>(({ engine }, { blocks }) => {
  fresh.writeLayers(engine, frame, buffers, blocks);
});

export const writeOpening = task<'writeOpening'>(({ engine }, { input, advice }) =>
  fresh.writeOpening(engine, frame, buffers, input, advice),
);

export const writeFold = task<'writeFold'>(({ engine }, { digests, opened, messages }) =>
  fresh.writeFold(engine, frame, buffers, digests, opened, messages),
);

export const beginCycleFold = task<'beginCycleFold'>(({ cycleFold }, { input, running }) =>
  cycleFold.begin(input, running),
);

export const crossCycleFold = task<'crossCycleFold'>(({ cycleFold }, { running, begun }) =>
  cycleFold.cross(running, begun),
);

export const terms = task<'terms'>(({ engine, rows }, own) => {
  termsPart(engine, rows, buffers, own);
});

export const line = task<'line'>(({ engine }, { rho, delta, chunks }) =>
  chunks.map((chunk) => lineChunk(engine, buffers, rho, delta, chunkLog, chunk)),
);

export const cross = task<'cross'>(({ engine, rows }, { point, chunks, ...own }) =>
  crossPart(engine, rows, buffers, point, chunkLog, chunks, own),
);

export const update = task<'update'>(({ engine }, { k, ...own }) => {
  updatePart(engine, buffers, k, own);
});

export const boxes = task<'boxes'>(({ rows }, own) => {
  boxesPart(rows, buffers, own);
});

export const forms = task<'forms'>(({ rows }, own) => {
  const [from, to] = share(buffers.forms2.length / FIELD_BYTES, own);
  rows.forms(buffers.z2, from, to, buffers.forms2.subarray(from * FIELD_BYTES, to * FIELD_BYTES));
});
