import { mutantsOf, TARGETS } from './test/mutation/sources/targets.ts';
import { runAgainst } from './test/mutation/sources/run.ts';
const [, , which, from, to] = process.argv;
const t = TARGETS.filter((x) => x.file.includes(which!))[0]!;
const all = await mutantsOf(t);
console.log(t.file, all.length, await runAgainst(undefined, t.tests));
for (const m of all.slice(Number(from ?? 0), Number(to ?? 1e9))) {
  const s = Date.now();
  try {
  const v = await runAgainst(m, t.tests);
  console.log(v.failed === undefined ? 'SURVIVES' : 'killed', ((Date.now() - s) / 1e3).toFixed(1), m.id, v.failed ? `  [${v.failed.replace(/\s+/g,' ').slice(0, 100)}]` : '');
  } catch (e) { console.log(String(e)); }
}
