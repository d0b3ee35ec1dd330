/** What the pool says of its threads' work while a small network is folded. */
import { describe, expect, it } from 'vitest';
import { developmentKeySource, loadModel, plan, planFor, prove, quantize } from '../../src/index.ts';

describe('the use of the pool', () => {
  it.each([1, 2])('counts work and waiting of %i worker(s) within the time of the fold', async (workers) => {
    const loaded = await loadModel({ network: 'digits512', layers: 17 });
    const planned = await plan(
      quantize(loaded, { plan: (await planFor(loaded, { layersPerStep: 8 })).plan }),
      developmentKeySource(),
    );
    let folding = 0;
    const { pool, seconds } = await prove(planned, loaded.sample!, {
      workers,
      on: (event) => {
        if (event.type === 'stage-end' && event.stage === 'fold') folding = event.seconds;
      },
    });
    expect(pool.workers).toBe(workers);
    expect(pool.seconds).toBeGreaterThanOrEqual(folding);
    expect(pool.busy).toBeGreaterThan(0);
    expect(pool.busy).toBeLessThanOrEqual(workers * pool.seconds);
    // transcripts and CycleFold witnesses are the main thread's own; sweeps, sums and the chain's witness are not
    expect(pool.alone).toBeGreaterThan(0);
    expect(pool.alone).toBeLessThan(pool.seconds - seconds.commit! - seconds.witness!);
    expect(Object.keys(seconds).sort()).toEqual(['commit', 'cycleFold', 'fold', 'layers', 'witness']);
    const parts = Object.values(seconds).reduce((a, b) => a + b);
    expect(parts).toBeLessThanOrEqual(folding);
    // nearly all of it on a quiet machine; a busy one may stop the program between two stages
    expect(parts).toBeGreaterThan(0.4 * folding);
  });
});
