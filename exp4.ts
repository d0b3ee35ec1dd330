import { Analysis } from './test/mutation/analysis.ts';
import { CIRCUITS } from './test/mutation/circuits/index.ts';
import { isBit } from './test/mutation/recorder.ts';
const [c] = await CIRCUITS[process.argv[2]!]!();
const a = new Analysis(c!);
const g = a.groups.find((x) => x.name.includes(process.argv[3]!))!;
console.log(g);
const [p, s] = [Number(process.argv[4]!), Number(process.argv[5]!)];
const n = a.rows[g.rows[0]!]!.products[p]![s]!.vars.length;
for (let k = 0; k < n; k++) {
  const met = g.rows.some((r) => a.all.some(({ recorder }) => { const f = recorder.recorded[r]!.products[p]![s]!; return f.vars[k] !== undefined && recorder.valueAt(f.vars[k]!) !== 0n && recorder.value(recorder.recorded[r]!.products[p]![1 - s]!) !== 0n; }));
  if (!met) { const f = a.rows[g.rows[0]!]!.products[p]![s]!; const v = f.vars[k]!; console.log(k, v, isBit(v), f.coefs[k], a.recorded[0]!.recorder.allocations.get(v), a.rowsWith(v)); }
}
