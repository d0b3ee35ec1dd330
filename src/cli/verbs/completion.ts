/** `fold completion`: the script that a shell completes our command line with. */
import { FoldError } from '../../errors.ts';
import { completion, SHELLS } from '../completion.ts';
import type { Verb } from '../verb.ts';

/** @param verbs the table of all verbs, this one among them */
export const completionVerb = (verbs: () => readonly Verb[]): Verb => ({
  name: 'completion',
  about: 'Print the completion script of a shell, made from the table of verbs and options.',
  argument: { name: '<shell>', about: SHELLS.join(', ') },
  options: [],
  examples: ['source <(fold completion bash)', 'source <(fold completion zsh)', 'fold completion fish | source'],
  run: async ({ argument, report }) => {
    const shell = SHELLS.find((name) => name === argument);
    if (!shell)
      throw new FoldError('E_USAGE', 'There is no completion for this shell.', {
        expected: SHELLS.join(', '),
        got: argument!,
      });
    const script = completion(shell, verbs());
    report.result('completion', { shell, script }, script.trimEnd().split('\n'));
    return 0;
  },
});
