/**
 * The file of one item of a proven batch (docs/formats.md): enough to show that the proof of the batch covers it. Digests
 * are 0x and 64 hexadecimal digits below r; the path is 4 levels of 16 children. What is public of the item's data may
 * stand beside them. The file may come from anyone: parsing bounds it and admits one spelling of each number.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { R } from '../algebra/params.ts';
import { ARITY, LEVELS, MAX_ITEMS } from '../folding/batch-tree.ts';
import type { BatchMember } from '../folding/member.ts';
import { hex } from '../units.ts';
import { writeFileAtomic } from './atomic.ts';
import { listOf } from './bounded.ts';
import { digestNumber, jsonBytes, parseJson } from './json.ts';
import { readFileBounded, readIfThere } from './read.ts';
import { outputSchema, type RunInput, type RunOutput, runInputSchema } from './run-data.ts';

/** An input of 2^24 numbers is the most that a run takes. */
const MAX_MEMBER_BYTES = 2 ** 28;

const element = digestNumber.refine((value) => value < R, 'a number below r');

const memberSchema = z.strictObject({
  format: z.literal('layerfold/member'),
  version: z.literal(1),
  root: element,
  index: z
    .int()
    .nonnegative()
    .max(MAX_ITEMS - 1),
  inputDigest: element,
  outputDigest: element,
  /** Of the machine: k, what the item reveals. */
  revealed: element.optional(),
  stepsPerNetwork: z
    .int()
    .positive()
    .max(2 ** 32 - 1),
  /** pp and m_L: with the steps per network, what the model digest is the hash of. */
  parameters: element,
  modelChain: element,
  /** Of the machine: digest of the program's interface. */
  interfaceDigest: element.optional(),
  path: listOf(listOf(element, ARITY, ARITY), LEVELS, LEVELS),
  input: runInputSchema.optional(),
  output: outputSchema.optional(),
});

/** An item with what is public of its data. */
export interface Member extends BatchMember {
  readonly input?: RunInput | undefined;
  readonly output?: RunOutput | undefined;
}

/** The file of a member, as people read it: JSON. */
export function encodeMember({ root, index, item, path, model, input, output }: Member): Uint8Array {
  return jsonBytes({
    format: 'layerfold/member',
    version: 1,
    root: hex(root),
    index,
    inputDigest: hex(item.hIn),
    outputDigest: hex(item.o),
    ...(item.k !== undefined && { revealed: hex(item.k) }),
    stepsPerNetwork: Number(model.stepsPerNetwork),
    parameters: hex(model.parameters),
    modelChain: hex(model.chain),
    ...(model.interfaceDigest !== undefined && { interfaceDigest: hex(model.interfaceDigest) }),
    path: path.map((children) => children.map(hex)),
    ...(input && { input }),
    ...(output && { output }),
  } satisfies z.input<typeof memberSchema>);
}

/** @param name of the file, for the errors. @throws E_FORMAT naming the field */
export function decodeMember(bytes: Uint8Array, name: string): Member {
  const { root, index, path, input, output, ...rest } = parseJson(bytes, name, memberSchema);
  const { revealed, interfaceDigest } = rest;
  const digests = { hIn: rest.inputDigest, o: rest.outputDigest };
  const item = revealed === undefined ? digests : { ...digests, k: revealed };
  return {
    ...{ root, index, path, item },
    model: {
      parameters: rest.parameters,
      stepsPerNetwork: BigInt(rest.stepsPerNetwork),
      chain: rest.modelChain,
      ...(interfaceDigest !== undefined && { interfaceDigest }),
    },
    ...{ input, output },
  };
}

/** @throws E_FILE, E_TOO_LARGE, E_FORMAT */
export async function readMember(path: string): Promise<Member> {
  return decodeMember(await readFileBounded(path, MAX_MEMBER_BYTES), path);
}

/** A member of a folder by its id; undefined where it is not there. @throws E_FILE, E_TOO_LARGE, E_FORMAT */
export async function readOwnMember(folder: string, id: string): Promise<Member | undefined> {
  const path = memberPath(folder, id);
  const bytes = await readIfThere(path, MAX_MEMBER_BYTES);
  return bytes && decodeMember(bytes, path);
}

/** Ids of the members that a folder has, by name. */
export async function memberIds(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, 'members')).catch((): string[] => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -5))
    .sort();
}

/** Where the folder of a batch has the file of an item. */
export const memberPath = (folder: string, id: string): string => join(folder, 'members', `${id}.json`);

/**
 * The item that a user names: by the path of its file, or by its id in the folder of a batch.
 * @throws E_FILE, E_TOO_LARGE, E_FORMAT
 */
export async function findMember(folder: string, named: string): Promise<Member> {
  const isFile = (await stat(named).catch(() => undefined))?.isFile() === true;
  return readMember(isFile ? named : memberPath(folder, named));
}

/** @throws E_DISK */
export async function writeMember(path: string, member: Member): Promise<void> {
  await writeFileAtomic(path, encodeMember(member));
}
