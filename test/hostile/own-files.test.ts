/**
 * Every reader of our own file formats against counts that the file does not hold, and against small items that become large
 * values: it refuses, or passes over, and its memory stays within a few times the file's length.
 */
import { STANDARD } from '../../src/machine/shape.ts';
import { hex } from '../../src/units.ts';
import { bytesOf, cborArray, container, listed, repeated, SIZE } from './bytes.ts';
import { hostile } from './check.ts';
import { proofBody } from './proof-body.ts';

hostile('folded.cbor and checkpoints', 'E_FORMAT', {
  'bits that the running instance has not': () => proofBody({ bits: 8 * SIZE }),
  'more bits than bytes': () => proofBody({ claimedBits: 2 ** 32 - 1 }),
  'millions of items of a byte': () => container('folded-proof', 3, cborArray(0)),
  'millions of empty maps': () => container('folded-proof', 3, cborArray(0xa0)),
  'arrays in arrays': () => container('folded-proof', 3, cborArray(0x81, 0x80)),
  'an array longer than the file': () => container('folded-proof', 3, cborArray(0).subarray(0, 64)),
  'commitments that are none': () => proofBody({ remaining: 2 ** 18 }),
});
hostile('compressed.cbor', 'E_FORMAT', {
  'millions of items of a byte': () => container('compressed-proof', 1, cborArray(0)),
  'millions of empty maps': () => container('compressed-proof', 1, cborArray(0xa0)),
});
hostile('cache entries', 'E_FORMAT', {
  'empty maps for the container': () => cborArray(0xa0),
});

hostile('run.json, parsed', 'E_FORMAT', {
  files: () => listed('{"files":[HOLE]}', '0'),
  'private parts': () => listed('{"private":[HOLE]}', '0'),
  'unknown names': () => listed('{HOLE}', '"a":0'),
});
hostile('run.json', 'E_TOO_LARGE', {
  megabytes: () => listed('[HOLE]', '{}'),
});
for (const name of ['proof.json', 'salts.json'] as const)
  hostile(name, 'E_TOO_LARGE', {
    megabytes: () => listed('[HOLE]', '{}'),
  });
const ofProgram = (ports: string): string => {
  const opening = { steps: 1, parameters: hex(1n), chain: hex(2n) };
  const program = { ...opening, interface: { io: 8, inputs: 'PORTS', outputs: [], reveals: 'nothing' } };
  const plan = { format: 'layerfold/plan', version: 4, machine: STANDARD, program };
  return JSON.stringify(plan).replace('"PORTS"', ports);
};
hostile('plan.json of a program, parsed', 'E_FORMAT', {
  'places taken twice': () => listed(ofProgram('[{"name":"x","shape":[1],"scale":1,"places":[HOLE]}]'), '0'),
  ports: () => listed(ofProgram('[HOLE]'), '{}'),
  dimensions: () => listed(ofProgram('[{"name":"x","shape":[HOLE],"scale":1,"places":[0]}]'), '1'),
  'blocks without a number': () => bytesOf(ofProgram('[{"name":"x","shape":[1],"scale":1,"places":[4194303]}]')),
});
hostile('output.json, parsed', 'E_FORMAT', {
  logits: () => listed('{"integers":[HOLE]}', '{}'),
  values: () => listed('{"values":[HOLE]}', '""'),
  dimensions: () => listed('{"shape":[HOLE]}', '-1'),
});
hostile('input.json, parsed', 'E_FORMAT', {
  'numbers that are none': () => listed('{"input_data":[[HOLE]]}', '""'),
  inputs: () => listed('{"input_data":[HOLE]}', '0'),
  dimensions: () => listed('{"input_shapes":[[HOLE]]}', '-1'),
});
hostile('salts.json, parsed', 'E_FORMAT', { 'a long salt': () => bytesOf(`{"input":"0x${repeated('0')}"}`) });
hostile('MODEL.salt', 'E_TOO_LARGE', {
  megabytes: () => bytesOf(repeated('0')),
});

hostile('members', 'E_FORMAT', {
  'levels of a path': () => listed('{"path":[HOLE]}', '0'),
  'children of a node': () => listed('{"path":[[HOLE]]}', '0'),
});
hostile('resume.json', 'E_FORMAT', {
  items: () => listed('{"items":[HOLE]}', '0'),
  options: () => listed('{"options":{HOLE}}', '"a":0'),
  'different options': () => bytesOf(`{"options":{${Array.from({ length: SIZE / 16 }, (_, k) => `"${k}":0`)}}}`),
});
hostile('items.jsonl', 'E_FORMAT', {
  lines: () => bytesOf(repeated('{}\n')),
  'empty lines': () => bytesOf(`${repeated('\n')}x`),
});

hostile('plan.json, parsed', 'E_TOO_LARGE', {
  'a step of 2^50 products': () => bytesOf(JSON.stringify(largePlan)),
});
hostile('plan.json, parsed', 'E_PLAN', {
  'unknown names': () => listed('{"step":{HOLE}}', '"a":0'),
});
hostile('experiments', 'E_FORMAT', {
  networks: () => listed('{"networks":[HOLE]}', '0'),
  'swept values': () => listed('{"sweep":{"layers":[HOLE]}}', '0'),
});

hostile('events.ndjson', undefined, {
  'empty lines': () => bytesOf(repeated('\n')),
  'lines that are nothing': () => bytesOf(repeated(`{"type":"totals","stepSeconds":{}${' '.repeat(40)}}\n`)),
  'parts of a step': () => listed('{"type":"totals","stepSeconds":{HOLE}}', '"a":""'),
});
hostile('manifest.jsonl', undefined, {
  'empty lines': () => bytesOf(repeated('\n')),
});
hostile('tables', 'E_FORMAT', {
  'empty rows': () => bytesOf(repeated('\n')),
  'empty rows under a header': () => bytesOf(`id,class,status\n${repeated('\n')}`),
  cells: () => bytesOf(`id,class,status\n${repeated(',')}\n`),
  'one long cell': () => bytesOf(`${repeated('ab')}\n`),
  quotes: () => bytesOf(`"${repeated('""')}"\n`),
  'a quote that does not end': () => bytesOf(`id,class,status\n"${repeated('a\n')}`),
});
hostile('locks', 'E_LOCKED', { megabytes: () => bytesOf(repeated('x')) });

const largePlan = {
  ...{ format: 'layerfold/plan', version: 1, rounding: 'floor', calibration: { samples: 0, peak: 0 } },
  step: {
    slot: { kind: 'conv', channels: 4096, height: 4096, width: 4096, pads: [1, 1, 1, 1] },
    ...{ slots: 1, signed: false, activationBits: 8, activationFraction: 0, weightFraction: 8, shift: 8 },
    readout: { outputs: 10, bits: 30, fraction: 8 },
  },
};
