/** Whatever cites docs/protocol.md by section cites one that is there, and whatever names a page names one of the repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const FOLDERS = ['src', 'test', 'bench', 'build', 'examples', 'workers', 'contracts', 'docs'];
const TEXTS = /\.(ts|mjs|md|sol|template)$/;
/** Files of other formats (keys, powers of tau, constraints, CBOR) have sections of their own. */
const OTHERS = [
  'src/wrap/groth16/',
  'src/wrap/r1cs/',
  'test/wrap/groth16/',
  'test/helpers/ptau.ts',
  'src/api/wrap-needs.ts',
];
const OTHER_WORDS = /RFC \d+|entry in its section/;

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, `${path}`)),
)
  .filter((path) => TEXTS.test(path) && !path.startsWith('docs/api') && !path.startsWith('test/house/'))
  .concat(readdirSync(ROOT).filter((path) => path.endsWith('.md')));

/** Titles by number. */
const SECTIONS = new Map(
  [...read('docs/protocol.md').matchAll(/^##+ (\d+(?:\.\d+)?)\.? (.*)$/gm)].map(([, n, title]) => [n!, title!]),
);

/** The numbers of "3", "2, 3 and 9", "3 to 5". */
function numbersOf(list: string): string[] {
  const [, from, to] = /^(\d+) to (\d+)$/.exec(list) ?? [];
  if (from === undefined) return list.match(/\d+(?:\.\d+)?/g) ?? [];
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, k) => `${Number(from) + k}`);
}

interface Citation {
  readonly where: string;
  readonly numbers: readonly string[];
  /** The text says within a line or two that the protocol is meant. */
  readonly named: boolean;
}

function citations(): Citation[] {
  const found: Citation[] = [];
  for (const path of files) {
    if (OTHERS.some((other) => path.startsWith(other))) continue;
    const text = read(path).replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ');
    const LIST = String.raw`\d+(?:\.\d+)?(?:(?:, | and | to )\d+(?:\.\d+)?\b)*`;
    for (const match of text.matchAll(new RegExp(String.raw`(?:\b[Ss]ections? |protocol(?:\.md)?,? )(${LIST})`, 'g'))) {
      const before = text.slice(Math.max(0, match.index - 120), match.index + match[0].length);
      if (OTHER_WORDS.test(before.slice(-40))) continue;
      const named = path === 'docs/protocol.md' || /protocol/i.test(before);
      found.push({ where: `${path}: ${before.slice(-60)}`, numbers: numbersOf(match[1]!), named });
    }
  }
  return found;
}

describe('sections of docs/protocol.md', () => {
  it('are numbered without holes', () => {
    let [section, part] = [0, 0];
    for (const number of SECTIONS.keys()) {
      [section, part] = number.includes('.') ? [section, part + 1] : [section + 1, 0];
      expect(number).toBe(part === 0 ? `${section}` : `${section}.${part}`);
    }
  });

  // whoever moves a subject to another number goes through what cites it
  it('are about what they are cited for', () => {
    expect([...SECTIONS].map(([number, title]) => `${number} ${title}`)).toMatchInlineSnapshot(`
      [
        "1 Curves",
        "2 The constraint language",
        "3 Folding",
        "4 CycleFold",
        "5 Challenges of 128 bits",
        "6 The step circuit",
        "6.1 The chain of the tensor machine",
        "7 Layers in exact integers",
        "8 Verifying a folded proof",
        "8.1 Compressed",
        "8.2 Planned checkpoints of the machine",
        "9 The wrap",
        "9.1 One circuit",
        "9.2 Spartan",
        "9.3 The opening",
        "9.4 The CycleFold instance",
        "9.5 Outside of Groth16",
        "10 What is attacked in the tests",
        "11 The tensor machine",
        "11.1 A step",
        "11.2 Memory",
        "11.3 Blocks",
        "11.4 Why a program, also a hostile one, has one output for an input",
        "11.5 Inputs that have no output",
        "11.6 Interface, model digest, and the run",
        "11.7 Errors",
        "11.8 Deviations from the design",
        "11.9 Sizes",
      ]
    `);
  });

  it('exist where they are cited, and are cited by name', () => {
    const all = citations();
    expect(all.length).toBeGreaterThan(150);
    expect(all.filter(({ numbers }) => !numbers.every((n) => SECTIONS.has(n))).map(({ where }) => where)).toEqual([]);
    expect(all.filter(({ named }) => !named).map(({ where }) => where)).toEqual([]);
  });
});

it('pages that are named are there', () => {
  const pages = new Set(files.filter((path) => path.endsWith('.md')).map((path) => basename(path)));
  const missing = files.flatMap((path) =>
    [...read(path).matchAll(/\b(?:docs\/)?([a-z][a-z-]*\.md)\b/g)]
      .filter(([, page]) => !pages.has(page!))
      .map(([page]) => `${path}: ${page}`),
  );
  expect(missing).toEqual([]);
});
