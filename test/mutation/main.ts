/**
 * `npm run mutate`: weakens circuits, transcripts and verifiers one place at a time, and tells what nobody notices.
 *
 *     --list          the mutants, judged or not
 *     --only TEXT     groups whose name holds the text: circuit, "circuit step", absorptions, source, a file's name
 *     --json          outcomes as lines of JSON on standard output
 *
 * Exit code 1 where a mutant survives that survivors.ts does not explain, or one that it explains does not survive.
 */
import { parseArgs } from 'node:util';
import { GROUPS, idsOf, runGroups } from './lanes.ts';
import { type Outcome, survives } from './outcome.ts';
import { explained, SURVIVORS } from './survivors.ts';

// what was started ends with it
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const { values } = parseArgs({
  options: { list: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'boolean' } },
});
const groups = GROUPS.filter((name) => name.includes(values.only ?? ''));
const tell = (line: string): void => void process.stderr.write(`${line}\n`);
const started = Date.now();
const minutes = (): string => ((Date.now() - started) / 60_000).toFixed(1);

function verdict(outcome: Outcome): string {
  if (outcome.equivalent !== undefined) return 'equivalent';
  if (!survives(outcome)) return 'killed';
  return explained(outcome.id) ? 'redundant' : 'SURVIVES';
}

async function list(): Promise<void> {
  for (const group of groups) {
    for (const id of await idsOf(group)) console.log(values.json ? JSON.stringify({ group, id }) : id);
  }
}

async function weaken(): Promise<boolean> {
  const outcomes: Outcome[] = [];
  await runGroups(groups, (outcome) => {
    outcomes.push(outcome);
    if (values.json) console.log(JSON.stringify({ ...outcome, verdict: verdict(outcome) }));
    else tell(`${minutes()} min  ${outcomes.length}  ${verdict(outcome)}  ${outcome.id}`);
  });
  const survivors = new Set(outcomes.filter(survives).map(({ id }) => id));
  const unexplained = [...survivors].filter((id) => !explained(id));
  const met = new Set(outcomes.map(({ id }) => id));
  const listed = SURVIVORS.flatMap(({ mutants }) => mutants);
  // of a group that was not run nothing is known
  const gone = listed.filter((id) => !survivors.has(id) && (met.has(id) || values.only === undefined));
  const counted = ['killed', 'equivalent', 'redundant', 'SURVIVES'].map(
    (word) => `${outcomes.filter((outcome) => verdict(outcome) === word).length} ${word}`,
  );
  tell(`${outcomes.length} mutants in ${minutes()} minutes: ${counted.join(', ')}`);
  for (const id of unexplained) tell(`survives, and survivors.ts does not say why: ${id}`);
  for (const id of gone) tell(`in survivors.ts, but does not survive: ${id}`);
  return unexplained.length + gone.length === 0;
}

if (groups.length === 0) {
  tell(`No group has "${values.only}" in its name. There are: ${GROUPS.join(', ')}`);
  process.exitCode = 2;
} else if (values.list) await list();
else if (!(await weaken())) process.exitCode = 1;
