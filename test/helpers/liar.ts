/** An honest run folder in which somebody wrote what he likes, and made run.json list it where a list is compared. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { sha256Hex } from '../../src/store/digest.ts';
import type { RunRecord } from '../../src/store/run-record.ts';

type Data = Record<string, unknown> & { statement: Record<string, unknown> };

/** A copy in which the liar writes what he likes; files whose digests run.json must then list are given to `list`. */
export class Liar {
  readonly name: string;
  /** Of the folder that the copies are made in. */
  readonly path: (...parts: string[]) => string;

  constructor(path: (...parts: string[]) => string, from: string) {
    this.path = path;
    this.name = `lie-${Math.random().toString(36).slice(2)}`;
    cpSync(this.path(from), this.path(this.name), { recursive: true });
  }

  json(file: string) {
    return JSON.parse(readFileSync(this.path(this.name, file), 'utf8'));
  }

  record(change: (record: RunRecord & Data) => void): this {
    const record = this.json('run.json');
    change(record);
    writeFileSync(this.path(this.name, 'run.json'), JSON.stringify(record));
    return this;
  }

  write(file: string, content: unknown): this {
    writeFileSync(this.path(this.name, file), typeof content === 'string' ? content : JSON.stringify(content));
    return this;
  }

  edit(file: string, change: (value: Data) => void): this {
    const value = this.json(file);
    change(value);
    return this.write(file, value);
  }

  /** The same of every line of a list. */
  lines(file: string, change: (line: string) => string): this {
    return this.write(file, readFileSync(this.path(this.name, file), 'utf8').split('\n').map(change).join('\n'));
  }

  remove(file: string): this {
    rmSync(this.path(this.name, file));
    return this.unlist(file);
  }

  unlist(file: string): this {
    return this.record((record) => {
      record.files = record.files.filter(({ path }) => path !== file);
    });
  }

  /** Lists a file as it stands there now. */
  list(path: string, share: 'yes' | 'no' = 'yes'): this {
    const bytes = readFileSync(this.path(this.name, path));
    const told = path.startsWith('private/') ? {} : { sha256: sha256Hex(bytes), bytes: bytes.length };
    return this.unlist(path).record((record) => {
      record.files.push({ path, ...told, share } as RunRecord['files'][number]);
    });
  }
}
