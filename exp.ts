import { Analysis } from './test/mutation/analysis.ts';
import { CIRCUITS } from './test/mutation/circuits/index.ts';
import { survives } from './test/mutation/outcome.ts';
import { maskMutants, rowMutants } from './test/mutation/rows.ts';
import { termMutants } from './test/mutation/terms.ts';
const t0 = Date.now();
const t = (s: string) => console.log(s, ((Date.now() - t0) / 1e3).toFixed(2));
for (const [name, make] of Object.entries(CIRCUITS)) {
  if (!name.includes(process.argv[2] ?? '')) continue;
  for (const c of await make()) {
    const a = new Analysis(c);
    t(`${c.name} analysed ${a.rows.length} rows, ${a.groups.length} groups`);
    for (const f of process.argv[3] ? [termMutants] : [rowMutants, maskMutants, termMutants]) {
      const o = f(a, () => true);
      t(`${f.name} ${o.length}: killed ${o.filter((x) => x.killedBy).length}, equivalent ${o.filter((x) => x.equivalent).length}`);
      for (const x of o.filter(survives)) console.log('  SURVIVES', x.id, x.copies);
    }
  }
}
