/** The process in which snarkjs runs one call (src/wrap/groth16/snarkjs-process.ts starts it and may kill it). */
import { curves, groth16, type Logger, powersOfTau, zKey } from 'snarkjs';
import type { SnarkjsReply, SnarkjsRequest } from '../src/wrap/groth16/snarkjs-messages.ts';

const send = (reply: SnarkjsReply): Promise<void> =>
  new Promise((resolve) => {
    process.send!(reply, () => resolve());
  });

/** snarkjs reports some failures only as the last error of its log. */
let lastError = '';
const log = (line: string): void => void send({ type: 'log', line });
const logger: Logger = {
  debug: log,
  info: log,
  warn: log,
  error: (line) => {
    lastError = line;
    log(line);
  },
};

async function run(request: SnarkjsRequest): Promise<unknown> {
  switch (request.verb) {
    case 'prove': {
      const { zkey, wtns } = request;
      return groth16.prove(zkey, typeof wtns === 'string' ? wtns : { type: 'mem', data: wtns }, logger);
    }
    case 'newKey': {
      const hash = await zKey.newZKey(request.r1cs, request.ptau, request.zkey, logger);
      if (hash === -1) throw new Error(lastError);
      return hash;
    }
    case 'contribute':
      return zKey.contribute(request.from, request.to, request.name, request.entropy, logger);
    case 'beacon': {
      const { from, to, name, beacon, iterationsExp } = request;
      return zKey.beacon(from, to, name, beacon, iterationsExp, logger);
    }
    case 'verifyPtau':
      return powersOfTau.verify(request.ptau, logger);
    case 'verifyKey':
      return zKey.verifyFromR1cs(request.r1cs, request.ptau, request.zkey, logger);
  }
}

process.once('message', async (request: SnarkjsRequest) => {
  try {
    await send({ type: 'result', value: (await run(request)) as Extract<SnarkjsReply, { type: 'result' }>['value'] });
  } catch (error) {
    await send({ type: 'error', message: error instanceof Error ? error.message : String(error) });
  }
  // its threads would keep the process alive
  await (await curves.getCurveFromName('bn128')).terminate();
  process.disconnect();
});
// without a parent there is nobody to work for
process.once('disconnect', () => process.exit());
