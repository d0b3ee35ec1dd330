/**
 * snarkjs in a process of its own. It cannot live in a worker thread (it takes over workerData) and would block the
 * main one.
 */
import { FoldError } from '../../errors.ts';
import { OUT_OF_MEMORY, runSubprocess } from '../../pool/subprocess.ts';
import type { SnarkjsReply, SnarkjsRequest, SnarkjsResults } from './snarkjs-messages.ts';

export interface SnarkjsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Lines of snarkjs' log: what it is doing. */
  readonly on?: ((line: string) => void) | undefined;
}

const HINT = 'Close other programs, raise the memory limit, or choose fewer layers per step: fold inspect';

/**
 * Runs one call of snarkjs.
 * @throws as `runSubprocess`; E_MEMORY, E_DISK, E_FILE, and E_KEY for what snarkjs refuses
 */
export async function runSnarkjs<N extends keyof SnarkjsResults>(
  request: Extract<SnarkjsRequest, { readonly verb: N }>,
  { signal, on }: SnarkjsOptions,
): Promise<SnarkjsResults[N]> {
  return runSubprocess<SnarkjsReply, SnarkjsResults[N]>({
    ...{ entry: 'snarkjs', what: 'snarkjs', request, signal, hint: HINT },
    onReply: (reply, resolve, reject) => {
      if (reply.type === 'log') on?.(reply.line);
      else if (reply.type === 'result') resolve(reply.value as SnarkjsResults[N]);
      else reject(failure(reply.message));
    },
  });
}

function failure(message: string): FoldError {
  if (/ENOSPC|EDQUOT/.test(message))
    return new FoldError('E_DISK', 'snarkjs could not write its file.', { got: message, hint: 'df -h' });
  if (/ENOENT|EACCES|EISDIR/.test(message))
    return new FoldError('E_FILE', 'snarkjs cannot open a file.', { expected: 'a readable file', got: message });
  if (OUT_OF_MEMORY.test(message))
    return new FoldError('E_MEMORY', 'snarkjs ran out of memory.', { got: message, hint: HINT });
  return new FoldError('E_KEY', 'snarkjs refused.', { expected: 'files that belong together', got: message });
}
