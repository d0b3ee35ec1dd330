/**
 * The digest of the program itself: of every source file beside this one, compiled or not. What is kept between runs and follows
 * from large parts of the program names it, so that another version, or a changed clone, never takes it for its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from './digest.ts';

let digest: string | undefined;

/** SHA-256 over names and contents; read once. */
export function programDigest(): string {
  digest ??= digestOf(fileURLToPath(new URL('..', import.meta.url)), extname(fileURLToPath(import.meta.url)));
  return digest;
}

/** Of the files under a folder whose names end so. */
export function digestOf(folder: string, ending: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const chosen = names.filter((name) => extname(name) === ending).sort();
  const text = new TextEncoder();
  return sha256Hex(
    ...chosen.flatMap((name) => {
      const bytes = readFileSync(join(folder, name));
      return [text.encode(`${name}\n${bytes.length}\n`), bytes];
    }),
  );
}
