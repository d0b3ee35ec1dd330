import { mutantsOf, TARGETS } from './sources/targets.ts';
import { runTogether } from './sources/together.ts';

const target = TARGETS.find(({ file }) => file.includes('FoldVerifier'))!;
const [test, ...parts] = process.argv.slice(2);
const some = (await mutantsOf(target)).filter(({ id }) => parts.some((t) => id.includes(t)));
console.log(some.length);
const left = await runTogether(some, [`test/wrap/contract/${test}.test.ts`], (m, failed) =>
  console.log('killed', m.id, '|', failed),
);
for (const m of left) console.log('LEFT', m.id);
console.log('done');
