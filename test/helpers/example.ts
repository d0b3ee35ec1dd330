/** Runs a file of examples/ in a process of its own, as a reader would. */
import { spawn } from 'node:child_process';

export async function runExample(
  file: string,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${file}`, ...args]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => {
    out += piece;
  });
  child.stderr.on('data', (piece) => {
    err += piece;
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, out, err };
}
