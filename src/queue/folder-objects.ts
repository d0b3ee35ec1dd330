/** Objects in a folder that machines share: each is written beside its place, forced to the disk, and renamed. */
import { access, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, writeFileAtomic } from '../store/atomic.ts';
import { readIfThere } from '../store/read.ts';
import type { Objects } from './content-store.ts';

const ELSEWHERE = '--store FOLDER names another place';

export function folderObjects(folder: string): Objects {
  const root = resolve(folder);
  const path = (name: string): string => join(root, ...name.split('/'));
  return {
    place: root,
    async put(name, bytes) {
      // closed to others: inputs and witnesses, though sealed where they are private
      await makeFolder(root, { elsewhere: ELSEWHERE });
      await makeFolder(dirname(path(name)), { mode: 0o700, elsewhere: ELSEWHERE });
      await writeFileAtomic(path(name), bytes, { mode: 0o600, elsewhere: ELSEWHERE });
    },
    get: (name, maxBytes) => readIfThere(path(name), maxBytes),
    has: (name) =>
      access(path(name)).then(
        () => true,
        () => false,
      ),
    remove: (name) => rm(path(name), { force: true }),
  };
}
