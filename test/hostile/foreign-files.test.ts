/**
 * Every reader of others' formats (models, inputs, keys, proofs in snarkjs' names) against counts that the file does not hold, and
 * against small items that become large values: it refuses, and its memory stays within a few times the file's length.
 */
import { Q, R } from '../../src/algebra/params.ts';
import { bytesOf, field, listed, repeated, repeatedBytes, sections } from './bytes.ts';
import { hostile } from './check.ts';

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);
const prime = (p: bigint): Uint8Array => Uint8Array.from({ length: 32 }, (_, k) => Number((p >> BigInt(8 * k)) & 255n));
hostile('inputs', 'E_INPUT', {
  shapes: () => listed('{"input_data":[0],"input_shapes":[HOLE]}', '[0]'),
  inputs: () => listed('{"input_data":[HOLE]}', '0'),
  '2^24 numbers, of which the first row is there': () => bytesOf(JSON.stringify([zeros(4096), ...zeros(4095)])),
  'empty arrays': () => listed('[HOLE]', '[]'),
});
hostile('inputs that say their shape', 'E_INPUT', {
  dimensions: () => listed('{"input_data":[0],"input_shapes":[[HOLE]]}', '1'),
  '2^24 numbers, by its own word': () => bytesOf('{"input_data":[[1]],"input_shapes":[[4096,4096]]}'),
  '2^24 numbers, of which the first row is there': () => bytesOf(JSON.stringify([zeros(4096), ...zeros(4095)])),
});
hostile('lines of a batch', 'E_TOO_LARGE', {
  'that are no inputs': () => bytesOf(repeated('{}\n')),
});
hostile('lines of a batch', 'E_USAGE', {
  'empty lines': () => bytesOf(repeated('\n')),
});

hostile('ONNX models', 'E_FORMAT', {
  'empty nodes': () => field(7, repeatedBytes([10, 0])),
  'empty initializers': () => field(7, repeatedBytes([42, 0])),
  'empty attributes of a node': () => field(7, field(1, repeatedBytes([42, 0]))),
  dimensions: () => field(7, field(5, field(1, repeatedBytes([1])))),
  '64-bit integers': () => field(7, field(5, field(7, repeatedBytes([1])))),
  'small integers': () => field(7, field(5, field(5, repeatedBytes([1])))),
  'graphs in graphs': nestedGraphs,
  'a tensor of 2^54 elements': hugeTensor,
});

hostile('proof.json, parsed', 'E_FORMAT', {
  coordinates: () => listed('{"protocol":"groth16","curve":"bn128","pi_a":[HOLE]}', '0'),
});
hostile('verification_key.json, parsed', 'E_FORMAT', {
  points: () => listed('{"IC":[HOLE]}', '0'),
});
hostile('public.json, parsed', 'E_FORMAT', {
  'public inputs': () => listed('[HOLE]', '0'),
});
hostile('verification keys of any circuit', 'E_FORMAT', {
  points: () => listed('{"nPublic":9,"IC":[HOLE]}', '0'),
});

hostile('.ptau', 'E_FORMAT', {
  'powers that are not there': () =>
    sections('ptau', [
      { type: 1, data: Uint8Array.of(...words(32), ...prime(Q), ...words(28, 28)) },
      { type: 2, data: new Uint8Array(64) },
      { type: 3, data: new Uint8Array(256) },
    ]),
  'sections that are not there': () => sections('ptau', [], -1),
  'a section of 2^63 bytes': () => sections('ptau', [{ type: 1, size: 2n ** 63n, data: words(32) }]),
});
hostile('.zkey', 'E_KEY', {
  'signals that are not there': () => zkeyOf(2 ** 32 - 1),
  'sections that are not there': () => sections('zkey', [], -1),
  'a section of 2^63 bytes': () => sections('zkey', [{ type: 1, size: 2n ** 63n, data: words(1) }]),
});
hostile('.wtns', 'E_FORMAT', { 'signals that are not there': () => bytesOf('wtns') });

function zeros(n: number): number[] {
  return new Array<number>(n).fill(0);
}

/** A graph in an attribute of a node of a graph, and so on. */
function nestedGraphs(): Uint8Array {
  let inner: Uint8Array = new Uint8Array(0);
  for (let k = 0; k < 5000; k++) inner = field(1, field(5, field(6, inner)));
  return field(7, inner);
}

function hugeTensor(): Uint8Array {
  const dims = field(1, Uint8Array.of(...[1, 2].flatMap(() => [128, 128, 128, 64])));
  const tensor = Uint8Array.of(...dims, 16, 1);
  const node = field(1, field(2, bytesOf('y')));
  return Uint8Array.of(...field(7, Uint8Array.of(...node, ...field(5, tensor))), 66, 2, 16, 13);
}

function zkeyOf(signals: number): Uint8Array {
  const moduli = [...words(32), ...prime(Q), ...words(32), ...prime(R)];
  const sizes = Uint8Array.of(...moduli, ...words(signals, signals - 1, 2 ** 31));
  return sections('zkey', [
    { type: 1, data: words(1) },
    { type: 2, data: Uint8Array.of(...sizes, ...new Uint8Array(3 * 64 + 3 * 128)) },
    { type: 4, data: words(2 ** 32 - 1) },
    ...[3, 5, 6, 7, 8, 9, 10].map((type) => ({ type, data: new Uint8Array(64) })),
  ]);
}
