/** A deployed contract is asked over HTTP: a node of a few lines that answers from the EVM, and nodes that misbehave. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askContract } from '../../../src/wrap/contract/rpc.ts';
import type { FinalStatement } from '../../../src/wrap/final-proof.ts';
import { foldErrorOfAsync } from '../../helpers/errors.ts';
import { Deployment } from './deployment.ts';

let on: Deployment;
let node: Server;
let url = '';
let asked: { method: string; params: [{ to: string; data: string }, string] };
/** What the node says instead of the EVM's answer. */
let instead: string | undefined;

beforeAll(async () => {
  on = await Deployment.make();
  node = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', async () => {
      asked = JSON.parse(body);
      const [{ to, data }] = asked.params;
      const result = await on.machine.call(Buffer.from(to.slice(2), 'hex'), Buffer.from(data.slice(2), 'hex'));
      const said = result.done
        ? { result: `0x${Buffer.from(result.data).toString('hex')}` }
        : { error: { code: 3, message: 'execution reverted' } };
      response.end(instead ?? JSON.stringify({ jsonrpc: '2.0', id: 1, ...said }));
    });
  });
  await new Promise<void>((ready) => node.listen(0, '127.0.0.1', ready));
  url = `http://127.0.0.1:${(node.address() as AddressInfo).port}`;
});
afterAll(() => node.close());

const ask = (statement: FinalStatement, to?: string): Promise<void> =>
  askContract(url, to ?? `0x${Buffer.from(on.address).toString('hex')}`, statement, on.test.proof);
const refusal = async (work: () => Promise<void>): Promise<string> => (await foldErrorOfAsync(work)).code;

it('accepts what the contract accepts, and nothing else', async () => {
  const { statement } = on.test;
  await ask(statement);
  expect(asked).toMatchObject({ method: 'eth_call', params: [{}, 'latest'] });
  expect(await refusal(() => ask({ ...statement, steps: statement.steps + 1n }))).toBe('E_REJECTED');
});

it('says when there is no contract, no node, or no sensible answer', async () => {
  const { statement } = on.test;
  expect(await refusal(() => ask(statement, `0x${'12'.repeat(20)}`))).toBe('E_FILE');
  expect(await refusal(() => askContract('http://127.0.0.1:1', '0x', statement, on.test.proof))).toBe('E_FILE');
  for (const [said, code] of [
    ['<html>', 'E_FILE'],
    ['{"result": true}', 'E_FILE'],
    ['{"result": "0x01"}', 'E_REJECTED'],
    [`{"result": "0x${'0'.repeat(63)}2"}`, 'E_REJECTED'],
    ['{"error": {"message": "execution reverted"}}', 'E_REJECTED'],
    [`"${'x'.repeat(70_000)}"`, 'E_FILE'],
  ] as const) {
    instead = said;
    expect(await refusal(() => ask(statement)), said.slice(0, 40)).toBe(code);
  }
  instead = undefined;
});

it('reads no more of a reply than it could use', async () => {
  const CHUNK = 2 ** 20;
  let sent = 0;
  const endless = createServer((_, response) => {
    const more = (): void => {
      if (response.destroyed || sent > 256 * CHUNK) return void response.end();
      sent += CHUNK;
      response.write(' '.repeat(CHUNK), () => setImmediate(more));
    };
    more();
  });
  await new Promise<void>((ready) => endless.listen(0, '127.0.0.1', ready));
  const own = `http://127.0.0.1:${(endless.address() as AddressInfo).port}`;
  const code = await refusal(() => askContract(own, `0x${'12'.repeat(20)}`, on.test.statement, on.test.proof));
  expect([code, sent < 32 * CHUNK]).toEqual(['E_FILE', true]);
  endless.closeAllConnections();
  endless.close();
});
