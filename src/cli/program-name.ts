/**
 * The words by which a user called this program. `fold` alone is not enough: systems have another program of that name, and in
 * a clone ours is on no path.
 */
import { realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { shellWord } from '../command.ts';

/** @param script what Node was started with: the launcher, or a link to it in a folder of programs */
export function programName(script: string, env: NodeJS.ProcessEnv): string {
  const name = basename(script).replace(/\.(js|ts|cmd|ps1)$/, '');
  // npm puts its folders of links on the path for its own children only
  if (basename(dirname(script)) === '.bin') return `npx ${shellWord(name)}`;
  const found = (env.PATH ?? '').split(delimiter).map((folder) => realPath(join(folder, name)));
  const first = found.find((path) => path !== undefined);
  return first !== undefined && first === realPath(script) ? shellWord(name) : `node ${shellWord(script)}`;
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
