/** `fold wrap`: the final proof of a run that stopped at its folded proof. */

import { developmentKeySource, forWrap, ptauKeySource, TRANSPARENT, transparentKeySource } from '../../api/keys.ts';
import { completeRun } from '../../api/listed-data.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { wrapFolder } from '../../runs/wrap-folder.ts';
import { lockFolder } from '../../store/lock.ts';
import type { Verb } from '../verb.ts';

export const wrapVerb: Verb = {
  name: 'wrap',
  about: 'Make the small final proof of a folded run: one Groth16 proof and one opening.',
  argument: { name: '<folder>', about: 'the folder of a run' },
  options: ['reveal', 'ptau', 'key', 'groth16', 'workers', 'maxMemory', 'stream'],
  meanings: [
    {
      options: ['ptau'],
      only: 'a run with the key of a ceremony: this one was made with a key that no file replaces',
      holds: ({ facts }) => facts.ceremony!,
    },
  ],
  factsOf: async ({ argument }) => ({ ceremony: !(await completeRun(argument!)).key.insecure }),
  examples: ['fold wrap runs/digits512-512', 'fold wrap runs/mine --ptau FILE.ptau --key KEY.zkey --reveal nothing'],
  run: async (context) => {
    const { options, argument } = context;
    const { key } = await completeRun(argument!);
    if (key.name === TRANSPARENT) forWrap(transparentKeySource());
    if (!key.insecure && options.ptau === undefined)
      throw new FoldError('E_NO_KEY', 'The run was made with the key of a ceremony.', {
        expected: `the powers of tau "${key.name}"`,
        got: 'no --ptau',
        hint: command`fold wrap ${argument!} --ptau ${key.name}`,
      });
    const lock = await lockFolder(argument!);
    try {
      return await wrapFolder(context, argument!, key.insecure ? developmentKeySource() : ptauKeySource(options.ptau!));
    } finally {
      await lock.release();
    }
  },
};
