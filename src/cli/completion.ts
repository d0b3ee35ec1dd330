/**
 * Shell completion out of the tables of verbs and options: what can be typed is what the program knows.
 *
 * Words without a verb (`fold --layers 8`) are completed as those of `prove`, as the program reads them.
 */
import { COMMON, OPTIONS, type OptionName } from '../runs/options.ts';
import type { Verb } from './verb.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Flag {
  readonly long: string;
  readonly short: string | undefined;
  /** Whether a value follows, and whether it is the name of a file. */
  readonly value: 'none' | 'file' | 'other';
  readonly about: string;
}

/** Commands that complete: the `fold` of a system is another program, but where ours is called so it is ours. */
const COMMANDS = ['fold', 'layerfold'] as const;

export function completion(shell: Shell, verbs: readonly Verb[]): string {
  return { bash, zsh, fish }[shell](verbs);
}

function flagsOf(verb: Verb): Flag[] {
  return [...verb.options, ...COMMON].map((name: OptionName) => {
    const { flags, about } = OPTIONS[name];
    const value = /<(.*?)>/.exec(flags)?.[1];
    return {
      long: /--[a-z0-9-]+/.exec(flags)![0],
      short: /(?:^|\s)(-[A-Za-z])\b/.exec(flags)?.[1],
      value: value === undefined ? 'none' : /file|path/.test(value) ? 'file' : 'other',
      about,
    };
  });
}

/** First words, and second words of those that have them. */
function words(verbs: readonly Verb[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name } of verbs) {
    const [first, second] = name.split(' ');
    found.set(first!, [...(found.get(first!) ?? []), ...(second === undefined ? [] : [second])]);
  }
  return found;
}

const spellings = (flags: readonly Flag[]): string =>
  flags.flatMap(({ long, short }) => (short === undefined ? [long] : [short, long])).join(' ');

function bash(verbs: readonly Verb[]): string {
  const first = words(verbs);
  const cases = verbs.map((verb) => `    "${verb.name}") flags="${spellings(flagsOf(verb))}" ;;`);
  const groups = [...first].filter(([, second]) => second.length > 0);
  const seconds = groups.map(
    ([name, second]) =>
      `    ${name}) [ "$COMP_CWORD" = 2 ] && COMPREPLY=($(compgen -W "${second.join(' ')}" -- "$word")) && return; verb="${name} \${COMP_WORDS[2]}" ;;`,
  );
  return `# bash completion of layerfold: source <(fold completion bash)
_layerfold() {
  local word="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" flags=""
  COMPREPLY=()
  if [ "$COMP_CWORD" = 1 ] && [[ "$word" != -* ]]; then
    COMPREPLY=($(compgen -W "${[...first.keys()].join(' ')}" -- "$word")); return
  fi
  [[ "$verb" == -* ]] && verb=prove
  case "$verb" in
${seconds.join('\n')}
  esac
  case "$verb" in
${cases.join('\n')}
  esac
  [[ "$word" == -* ]] && COMPREPLY=($(compgen -W "$flags" -- "$word")) || COMPREPLY=($(compgen -f -- "$word"))
}
complete -o filenames -F _layerfold ${COMMANDS.join(' ')}
`;
}

/** Inside single quotes and brackets of _arguments. */
const zshText = (text: string): string => text.replace(/[[\]:]/g, '\\$&').replaceAll("'", "'\\''");

function zsh(verbs: readonly Verb[]): string {
  const options = (verb: Verb): string =>
    flagsOf(verb)
      .map(({ long, short, value, about }) => {
        const names = short === undefined ? long : `{${short},${long}}`;
        const said = `[${zshText(about)}]${value === 'none' ? '' : `:value:${value === 'file' ? '_files' : ' '}`}`;
        return short === undefined ? `'${names}${said}'` : `${names}'${said}'`;
      })
      .join(' ');
  const list = [...words(verbs).keys()].map((name) => {
    const about = verbs.find((verb) => verb.name === name)?.about ?? `${name} ...`;
    return `'${name}:${zshText(about)}'`;
  });
  const groups = [...words(verbs)].filter(([, second]) => second.length > 0);
  return `#compdef ${COMMANDS.join(' ')}
# zsh completion of layerfold: source <(fold completion zsh)
_layerfold() {
  local verb="$words[2]"
  if (( CURRENT == 2 )) && [[ "$words[2]" != -* ]]; then
    local -a verbs=(${list.join(' ')})
    _describe verb verbs; return
  fi
  [[ "$verb" == -* ]] && verb=prove
  case "$verb" in
${groups.map(([name, second]) => `    ${name}) if (( CURRENT == 3 )); then compadd ${second.join(' ')}; return; fi; verb="${name} $words[3]" ;;`).join('\n')}
  esac
  case "$verb" in
${verbs.map((verb) => `    "${verb.name}") _arguments ${options(verb)} '*:file:_files' ;;`).join('\n')}
  esac
}
compdef _layerfold ${COMMANDS.join(' ')}
`;
}

const fishText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

function fish(verbs: readonly Verb[]): string {
  const first = words(verbs);
  const lines = COMMANDS.flatMap((command) => [
    ...[...first.keys()].map((name) => {
      const about = verbs.find((verb) => verb.name === name)?.about ?? `${name} ...`;
      return `complete -c ${command} -n __fish_use_subcommand -f -a ${name} -d ${fishText(about)}`;
    }),
    ...[...first].flatMap(([name, second]) =>
      second.map((word) => `complete -c ${command} -n '__fish_seen_subcommand_from ${name}' -f -a ${word}`),
    ),
    ...verbs.flatMap((verb) =>
      flagsOf(verb).map(({ long, short, value, about }) => {
        const seen = verb.name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`);
        const names = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
        return `complete -c ${command} -n '${seen.join('; and ')}' ${names}${value === 'none' ? '' : value === 'file' ? ' -r -F' : ' -x'} -d ${fishText(about)}`;
      }),
    ),
  ]);
  return `# fish completion of layerfold: fold completion fish | source\n${lines.join('\n')}\n`;
}
