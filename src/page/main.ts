/** The page that `fold verify --page` writes: files that are dropped on it, and the verdict. It asks no network for anything. */
import './schemas.ts';
import { plain } from '../plain-text.ts';
import { bytes as size } from '../units.ts';
import { judgeCompressed } from './compressed.ts';
import { type FileKind, type Given, type GivenFile, judge, kindOfFile, MAX_FILE_BYTES, type Verdict } from './judge.ts';

type Kind = Exclude<FileKind, 'other'>;

const place = <E extends HTMLElement = HTMLElement>(id: string): E => document.getElementById(id) as E;
const [drop, list, verdict] = [place('drop'), place('files'), place('verdict')];
const choose = place<HTMLInputElement>('choose');
const trusted = place<HTMLInputElement>('trusted');
const digest = place<HTMLInputElement>('digest');

const found: Partial<Record<Kind, GivenFile>> = {};
/** What was given and is not used, in words. */
let refused: string[] = [];
let pending: ReturnType<typeof setTimeout> | undefined;
/** Of the verdict under way. */
let stop = new AbortController();
/** Milliseconds. */
const PAUSE = 100;

function element(tag: string, text: string, css = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = css;
  return made;
}

/**
 * Takes the files of one gesture. A key that comes together with a proof is its maker's, as one in the proof's folder is to the
 * command line: it is used, and cannot be called trusted.
 */
async function take(files: readonly File[]): Promise<void> {
  const kinds = new Set<Kind>();
  refused = [];
  for (const file of files) {
    const given = await read(file);
    const { kind, what } = given ? kindOfFile(given) : { kind: 'other' as const, what: 'no file that can be read' };
    if (kind === 'other') refused.push(`${file.name} is not used: ${what}`);
    else if (given) {
      found[kind] = given;
      kinds.add(kind);
    }
  }
  // one proof at a time: the newest, and of a folder that has both the final one, as the command line does
  if (kinds.has('proof')) {
    if (kinds.has('compressed'))
      refused.push(`${found.compressed!.name} is not used: there is a final proof beside it`);
    delete found.compressed;
  } else if (kinds.has('compressed')) for (const kind of ['proof', 'key'] as const) delete found[kind];
  if (kinds.has('key')) {
    trusted.checked = false;
    trusted.disabled = kinds.has('proof');
    place('beside').hidden = !trusted.disabled;
  }
  show();
}

async function read(file: File): Promise<GivenFile | undefined> {
  if (file.size > MAX_FILE_BYTES) return undefined;
  try {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch {
    // a folder, or a file that is gone
    return undefined;
  }
}

function show(): void {
  const rows = Object.entries(found).map(([kind, { name, bytes }]) => {
    return element('li', plain(`${KINDS[kind as Kind]}: ${name} (${size(bytes.length)})`));
  });
  list.replaceChildren(...rows, ...refused.map((line) => element('li', plain(line), 'muted')));
  const given: Given = { ...found, keyTrusted: trusted.checked, modelDigest: digest.value };
  const { compressed, plan } = found;
  const whole = compressed ? plan !== undefined : given.proof && given.key;
  say(whole ? 'verifying ...' : waiting());
  clearTimeout(pending);
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  // the words above are painted before the pairings begin, and those begin once somebody has ended typing
  pending = setTimeout(async () => {
    const judged =
      compressed && plan
        ? await judgeCompressed(
            { compressed, plan, modelDigest: digest.value },
            (words) => signal.aborted || say(words),
            signal,
          )
        : judge(given);
    if (judged && !signal.aborted) showVerdict(judged);
  }, PAUSE);
}

function say(words: string): void {
  verdict.className = 'verdict';
  verdict.replaceChildren(element('p', words, 'muted'));
}

const KINDS: Readonly<Record<Kind, string>> = {
  proof: 'proof',
  key: 'verification key',
  input: 'input',
  output: 'output',
  salts: 'salts',
  plan: 'plan',
  compressed: 'compressed proof',
};

function waiting(): string {
  const { proof, key, compressed, plan } = found;
  if (compressed) return 'Now its plan.json.';
  if (proof) return 'Now its verification_key.json.';
  if (key) return 'Now a proof.json.';
  return plan ? 'Now a compressed.cbor.' : 'Nothing is verified yet.';
}

function showVerdict({ standing, headline, sentence, facts, lines, checks }: Verdict): void {
  const table = document.createElement('table');
  for (const [name, value] of facts) {
    const row = table.insertRow();
    row.append(element('th', name));
    row.insertCell().append(element('code', value));
  }
  const passed = document.createElement('ul');
  passed.append(...checks.map(([name, words]) => element('li', `ok  ${name}: ${words}`)));
  verdict.className = `verdict ${standing}`;
  verdict.replaceChildren(
    element('p', headline, 'headline'),
    ...(sentence === undefined ? [] : [element('p', sentence)]),
    ...(facts.length === 0 ? [] : [table]),
    ...lines.map((line) => element('p', line)),
    ...(checks.length === 0 ? [] : [element('h3', 'Checks that passed'), passed]),
  );
}

for (const name of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  document.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', name === 'dragenter' || name === 'dragover');
  });
}
document.addEventListener('drop', (event) => take([...(event.dataTransfer?.files ?? [])]));
choose.addEventListener('change', () => {
  const files = [...(choose.files ?? [])];
  // the same file may be chosen again, after it was changed
  choose.value = '';
  void take(files);
});
place('clear').addEventListener('click', () => {
  for (const kind of Object.keys(found)) delete found[kind as Kind];
  [trusted.checked, trusted.disabled, place('beside').hidden, digest.value] = [false, false, true, ''];
  refused = [];
  show();
});
trusted.addEventListener('change', show);
digest.addEventListener('input', show);
show();
