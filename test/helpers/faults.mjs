/**
 * Faults for the crash campaign, loaded before the command line (`node --import`). LAYERFOLD_FAULT says which:
 *
 *   worker MS    ends one worker thread after MS milliseconds, as if the system had killed it;
 *   stuck FILE   every worker thread stops for ever once there is a file of this name;
 *   before NAME  kill -9 when a file of this name is about to be written;
 *   hold NAME    a file of this name is not written before a signal comes to the process;
 *   jam NAME N   the N-th time that a file of this name is opened, the process waits for ever;
 *   disk N       the disk is full after N more bytes are written to any file of a run;
 *   readonly DIR the file system below this folder is read-only, as Node tells it: a folder that is to be made there "does not
 *                exist";
 *   nolinks -    the file system has no hard links;
 *   torn N NAME  kill -9 in the middle of writing a file: when N bytes are written below folders of this name, by default of
 *                checkpoints.
 *
 * The layer below the file functions is what fails; everything above is the real thing.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const files = require('node:fs/promises');
const threads = require('node:worker_threads');
const [kind, amount, which] = (process.env.LAYERFOLD_FAULT ?? '').split(' ');
const limit = Number(amount);

if (threads.isMainThread && kind === 'worker') {
  const workers = [];
  threads.Worker = class extends threads.Worker {
    constructor(...args) {
      super(...args);
      workers.push(this);
    }
  };
  setTimeout(() => workers[Math.floor(Math.random() * workers.length)]?.terminate(), limit).unref();
}

if (threads.isMainThread && kind === 'stuck') {
  // threads inherit nothing that this process was started with
  threads.Worker = class extends threads.Worker {
    constructor(file, options) {
      super(file, { ...options, execArgv: ['--import', import.meta.url] });
    }
  };
}

if (!threads.isMainThread && kind === 'stuck') {
  // a busy thread never returns to its event loop; every task looks at the clock
  const now = performance.now.bind(performance);
  performance.now = () => {
    if (require('node:fs').existsSync(amount)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return now();
  };
}

if (threads.isMainThread && kind === 'before') {
  const { open } = files;
  files.open = async (path, ...rest) => {
    if (require('node:path').basename(String(path)).startsWith(`.${amount}.`)) process.kill(process.pid, 'SIGKILL');
    return open(path, ...rest);
  };
}

if (threads.isMainThread && kind === 'nolinks') {
  files.link = async () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
}

if (threads.isMainThread && kind === 'readonly') {
  const fs = require('node:fs');
  const { mkdir, open, rm } = files;
  const refused = (code, path) => Object.assign(new Error(`${code}: refused`), { code, path, syscall: 'call' });
  const below = (path) => `${require('node:path').resolve(String(path))}/`.startsWith(`${amount}/`);
  files.mkdir = async (path, ...rest) => {
    if (below(path)) throw refused('ENOENT', path);
    return mkdir(path, ...rest);
  };
  files.open = async (path, flags = 'r', ...rest) => {
    if (below(path) && flags !== 'r') throw refused('EROFS', path);
    return open(path, flags, ...rest);
  };
  files.rm = async (path, ...rest) => {
    if (below(path) && fs.existsSync(path)) throw refused('EROFS', path);
    return rm(path, ...rest);
  };
  const { accessSync } = fs;
  fs.accessSync = (path, mode) => {
    if (below(path) && mode & fs.constants.W_OK) throw refused('EROFS', path);
    return accessSync(path, mode);
  };
}

if (threads.isMainThread && (kind === 'hold' || kind === 'jam')) {
  const { open } = files;
  let opened = 0;
  // a signal may come before the file's turn
  const released = new Promise((resolve) => {
    if (kind === 'hold') for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, resolve);
  });
  files.open = async (path, ...rest) => {
    const name = require('node:path').basename(String(path));
    if ((name === amount || name.startsWith(`.${amount}.`)) && ++opened === Number(which ?? 1)) {
      // something must keep the process: a promise alone does not
      const alive = setInterval(() => {}, 1000);
      await released;
      clearInterval(alive);
    }
    return open(path, ...rest);
  };
}

if (threads.isMainThread && (kind === 'disk' || kind === 'torn')) {
  let written = 0;
  const { open } = files;
  files.open = async (path, ...rest) => {
    const handle = await open(path, ...rest);
    const name = String(path);
    const ours =
      kind === 'torn' ? name.includes(which ?? 'checkpoints') : !name.startsWith(process.env.LAYERFOLD_CACHE_DIR);
    if (!ours || !name.endsWith('.tmp')) return handle;
    const { writeFile } = handle;
    handle.writeFile = async (bytes) => {
      const room = Math.max(0, limit - written);
      written += bytes.length;
      if (bytes.length <= room) return writeFile.call(handle, bytes);
      await writeFile.call(handle, bytes.subarray(0, room));
      if (kind === 'torn') process.kill(process.pid, 'SIGKILL');
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    };
    return handle;
  };
}
syncBuiltinESMExports();
