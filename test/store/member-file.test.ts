/** The file of one item: it comes back as it was, and no other spelling, length or field gets in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { BatchTree } from '../../src/folding/batch-tree.ts';
import { decodeMember, encodeMember, type Member, readMember, writeMember } from '../../src/store/member-file.ts';
import { hex } from '../../src/units.ts';
import { foldErrorOf, foldErrorOfAsync } from '../helpers/errors.ts';

const items = Array.from({ length: 17 }, (_, k) => ({ hIn: BigInt(k), o: R - 1n - BigInt(k) }));
const tree = new BatchTree(plainSponge, items);
const member: Member = {
  ...{ root: tree.root, index: 16, item: items[16]!, path: tree.path(16) },
  model: { parameters: 5n, stepsPerNetwork: 64n, chain: 7n },
  input: { input_data: [[0.5, 1]], input_shapes: [[2]] },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layerfold-member-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Json = Record<string, unknown> & { path: string[][] };
const json = (): Json => JSON.parse(new TextDecoder().decode(encodeMember(member)));
const decode = (value: unknown) => decodeMember(new TextEncoder().encode(JSON.stringify(value)), 'member.json');

describe('the file of an item', () => {
  it('comes back as it was written', async () => {
    const file = join(folder, 'a.json');
    await writeMember(file, member);
    expect(await readMember(file)).toEqual({ ...member, output: undefined });
  });

  it('refuses other spellings, lengths and fields', () => {
    const wrong: Record<string, (file: Json) => unknown> = {
      'at root': (file) => ({ ...file, root: hex(R) }),
      'at inputDigest': (file) => ({ ...file, inputDigest: '0x1' }),
      'at outputDigest': (file) => ({ ...file, outputDigest: (file.outputDigest as string).toUpperCase() }),
      'at parameters': (file) => ({ ...file, parameters: 5 }),
      'at modelChain': ({ modelChain, ...rest }) => rest,
      'at index': (file) => ({ ...file, index: 65536 }),
      'at stepsPerNetwork': (file) => ({ ...file, stepsPerNetwork: 0 }),
      'at path': (file) => ({ ...file, path: file.path.slice(1) }),
      'at path.2': (file) => ({ ...file, path: file.path.map((c, l) => (l === 2 ? [...c, hex(0n)] : c)) }),
      'at path.0.15': (file) => ({ ...file, path: file.path.map((c) => c.map((w, k) => (k < 15 ? w : hex(R)))) }),
      'at version': (file) => ({ ...file, version: 2 }),
      'at the top level': (file) => ({ ...file, more: 1 }),
    };
    for (const [where, change] of Object.entries(wrong)) {
      const error = foldErrorOf(() => decode(change(json())));
      expect(error.code).toBe('E_FORMAT');
      expect(error.got).toBe(where);
    }
  });

  it('says when it is absent or no JSON', async () => {
    expect((await foldErrorOfAsync(() => readMember(join(folder, 'none.json')))).code).toBe('E_FILE');
    await writeFile(join(folder, 'bad.json'), '{');
    expect((await foldErrorOfAsync(() => readMember(join(folder, 'bad.json')))).code).toBe('E_FORMAT');
  });
});
