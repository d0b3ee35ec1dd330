/**
 * Judges a competitor whose network nobody sees: one proof says what a committed network answered on the images of the
 * competition, and everything else is public. Nothing that the competitor sent is believed.
 *
 *   npx tsx examples/competition/judge.ts FOLDER VERIFICATION_KEY MODEL_DIGEST
 *
 * FOLDER is what the competitor publishes (proof.json, run.json, plan.json, members/); the key is the organiser's, and the digest
 * is the one that the competitor announced before the images were known.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputDigest, readMember, verifyFinalRun, verifyMember } from 'layerfold';

const [folder, vk, digest] = process.argv.slice(2);
if (folder === undefined || vk === undefined || digest === undefined)
  throw new Error('usage: judge.ts FOLDER VERIFICATION_KEY MODEL_DIGEST');

interface Line {
  readonly id: string;
  readonly input_data: readonly [readonly number[]];
}
const beside = (name: string): string[] =>
  readFileSync(new URL(name, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
const images = beside('images.jsonl').map((line): Line => JSON.parse(line));
const labels = new Map(beside('labels.csv').map((row) => row.split(',') as [string, string]));

// One proof for all images.
const { statement, data: spec, insecure, pinned } = await verifyFinalRun(folder, { vk, modelDigest: BigInt(digest) });
if (!pinned.key) throw new Error("the verification key must not come from the competitor's folder");

// Every image of the competition, and no other, must be an item that the proof covers; the output is then the network's.
let right = 0;
for (const [index, { id, input_data: data }] of images.entries()) {
  const member = await readMember(join(folder, 'members', `${id}.json`));
  const { output, items } = verifyMember(statement, member, { step: spec! });
  const image = inputDigest(spec!, { shape: [1, 1, 8, 8], data: Float64Array.from(data[0]) });
  if (items !== images.length || member.index !== index || member.item.hIn !== image || !output)
    throw new Error(`${id}: not the image of this competition, or no public output`);
  if (output.class === Number(labels.get(id))) right++;
}
console.log(`${right} of ${images.length} images right, by the network ${digest}`);
if (insecure) console.log('INSECURE development key: a trial, which proves nothing.');
