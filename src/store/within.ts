/** Whether a file belongs to a folder, however it is spelled: by its name, or by where the links on its way lead. */
import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';

/** False for a path that leads nowhere, unless its name alone lies in the folder. */
export async function isWithin(folder: string, path: string): Promise<boolean> {
  const folders = [resolve(folder), await realOf(folder)];
  const spellings = [resolve(path), join(await realOf(dirname(resolve(path))), basename(path)), await realOf(path)];
  return spellings.some((spelling) =>
    folders.some((place) => spelling.startsWith(place.endsWith(sep) ? place : place + sep)),
  );
}

const realOf = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));
