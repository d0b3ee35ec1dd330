/** `fold calldata`: the call of the verifier contract that carries a final proof, or the one of an item of its batch. */
import { readProof } from '../../api/final-run.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import { findMember } from '../../store/member-file.ts';
import { encodeCalldata } from '../../wrap/contract/calldata.ts';
import { encodeIsItem, encodeIsProven } from '../../wrap/contract/member-calldata.ts';
import type { Verb } from '../verb.ts';

export const calldataVerb: Verb = {
  name: 'calldata',
  about:
    'Print the call of the contract that checks this final proof, in hex; or of the one that finds an item in its batch.',
  argument: { name: '<path>', about: 'the folder of a run, or a proof.json' },
  options: ['member', 'item', 'out'],
  meanings: [
    {
      options: ['item'],
      only: 'one question, not with --member',
      holds: ({ options }) => options.member === undefined,
    },
  ],
  examples: [
    'fold calldata runs/digits512-512',
    'fold calldata runs/digits512-512 --out calldata.hex',
    'fold calldata runs/batch --member 0007',
    'fold calldata runs/batch --item 0007',
  ],
  run: async ({ options, argument, report }) => {
    const { statement, proof } = await readProof(argument!);
    const { member, item } = options;
    const data =
      member !== undefined
        ? encodeIsProven(statement, await findMember(argument!, member))
        : item !== undefined
          ? encodeIsItem(statement.root, await findMember(argument!, item))
          : encodeCalldata(statement, proof);
    const text = `0x${Buffer.from(data).toString('hex')}`;
    if (options.out !== undefined) await writeFileAtomic(options.out, new TextEncoder().encode(`${text}\n`));
    report.result('calldata', { bytes: data.length, calldata: text, out: options.out ?? null }, [
      options.out === undefined ? text : `${data.length} bytes of calldata in ${options.out}`,
    ]);
    return 0;
  },
};
