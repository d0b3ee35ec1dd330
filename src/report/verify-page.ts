/** The page that verifies final and compressed proofs: a form around the bundle of src/page, which finds its places by their ids. */
import { paragraph as p, page } from './page.ts';
import { escaped } from './svg.ts';

const FORM = `<div class="drop" id="drop">
<p>Drop <code>proof.json</code> and <code>verification_key.json</code> here; and, if you have them, the input, <code>output.json</code>, and the <code>salts.json</code> of private ones. Or <code>compressed.cbor</code> and its <code>plan.json</code>.</p>
<p class="muted">Compressed proofs are verified under the transparent key, which this page makes by itself in some ten seconds, or the development key. Those under the powers of tau of a ceremony are verified by <code>fold verify compressed.cbor --ptau FILE</code>.</p>
<input type="file" id="choose" multiple accept=".json,application/json,.cbor" aria-label="files">
<button type="button" id="clear">Begin again</button>
<ul id="files"></ul></div>
<label><input type="checkbox" id="trusted"> I trust this verification key: I did not take it from whoever made the proof (<code>fold key verify --out</code> wrote it, or somebody whom I trust gave it to me)</label>
<p class="warn" id="beside" hidden>The key came together with the proof, and whoever made it can forge: it is used, and not pinned. Give the key that you trust by itself.</p>
<label>The model digest that you expect (<code>fold commit MODEL</code> prints it)<input type="text" id="digest" spellcheck="false" autocomplete="off" placeholder="0x..."></label>`;

/** @param script the bundle of src/page/main.ts */
export function verifyPage(script: string, version: string): string {
  const about = [
    p(
      'Verifies a final or a compressed proof in this browser. It works offline: nothing is sent, and no file leaves this machine.',
    ),
    '<noscript><p class="warn">The page computes: it needs scripts.</p></noscript>',
  ].join('\n');
  return page(
    'layerfold: verify a proof',
    about,
    [
      { title: 'Proof and key', body: FORM },
      { title: 'Verdict', body: '<div class="verdict" id="verdict" aria-live="polite"></div>' },
    ],
    `${escaped(`layerfold ${version}. `)}The page is as trustworthy as whoever gave it to you: <code>fold verify --page</code> writes it anew.`,
    script,
  );
}
