/** Asks a deployed verifier contract, by `eth_call` to a node: no transaction, no gas, no key. */
import { z } from 'zod';
import { FoldError } from '../../errors.ts';
import type { FinalProof, FinalStatement } from '../final-proof.ts';
import { encodeCalldata } from './calldata.ts';

const TIMEOUT_MS = 30_000;
/** A bool in 32 bytes and what JSON puts around it; nodes add words to errors. */
const MAX_REPLY_BYTES = 2 ** 16;

const replySchema = z.union([
  z.object({ result: z.string().regex(/^0x([0-9a-fA-F]{2})*$/, 'bytes in hex') }),
  z.object({ error: z.object({ message: z.string() }) }),
]);

/**
 * Resolves when the contract at `address` accepts the proof of the statement.
 * @param url of a node's JSON-RPC over HTTP
 * @throws E_REJECTED when it does not; E_FILE for a node that does not answer or an address without a contract
 */
export async function askContract(
  url: string,
  address: string,
  statement: FinalStatement,
  proof: FinalProof,
): Promise<void> {
  const data = `0x${Buffer.from(encodeCalldata(statement, proof)).toString('hex')}`;
  const reply = replySchema.safeParse(
    await post(url, { jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ to: address, data }, 'latest'] }),
  );
  if (!reply.success) throw noAnswer(url, 'no reply of JSON-RPC');
  if ('error' in reply.data)
    throw new FoldError('E_REJECTED', 'The contract did not accept the proof.', {
      expected: 'true',
      got: reply.data.error.message.slice(0, 200),
    });
  const { result } = reply.data;
  if (result === '0x')
    throw new FoldError('E_FILE', 'There is no contract at this address.', {
      expected: 'a deployed verifier (fold contract writes one)',
      got: address,
    });
  if (result.length !== 66 || BigInt(result) !== 1n)
    throw new FoldError('E_REJECTED', 'The contract does not accept the proof.', {
      expected: 'true',
      got: result.slice(0, 66),
    });
}

async function post(url: string, body: unknown): Promise<unknown> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return JSON.parse(await boundedText(response));
  } catch (cause) {
    throw noAnswer(url, (cause as Error).message, cause);
  }
}

/** A node may go on for ever: reading stops where a reply is too long. */
async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) throw new Error('a reply that is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function noAnswer(url: string, got: string, cause?: unknown): FoldError {
  return new FoldError('E_FILE', 'The node does not answer.', { expected: `JSON-RPC at ${url}`, got, cause });
}
