/** Bytes that hostile files are made of: patterns repeated, and the containers around them. */
import { encode } from 'cborg';
import { sha256Hex } from '../../src/store/digest.ts';

/** Of most hostile files: large beside what the tests themselves take. */
export const SIZE = 2 ** 21;

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `pattern` as often as it fits. */
export function repeated(pattern: string, size = SIZE): string {
  return pattern.repeat(Math.floor(size / pattern.length));
}

/** JSON with a long list where `hole` stands: `entry` again and again. */
export function listed(json: string, entry: string, size = SIZE): Uint8Array {
  return bytesOf(json.replace('HOLE', `${repeated(`${entry},`, size)}${entry}`));
}

/** The container of our files around any body, its digest right. */
export function container(format: string, version: number, body: Uint8Array): Uint8Array {
  const digest = sha256Hex(bytesOf(`layerfold ${format} ${version}\n`), body);
  return encode({ body, format, sha256: Uint8Array.from(Buffer.from(digest, 'hex')), version });
}

/** A CBOR array of an item again and again. */
export function cborArray(...item: readonly number[]): Uint8Array {
  const items = repeatedBytes(item);
  const out = new Uint8Array(5 + items.length);
  out[0] = 0x9a;
  new DataView(out.buffer).setUint32(1, items.length / item.length);
  out.set(items, 5);
  return out;
}

/** A protobuf field with bytes: messages, strings, packed numbers. */
export function field(number: number, body: Uint8Array): Uint8Array {
  const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(n >>> 7)]);
  const head = [...varint(8 * number + 2), ...varint(body.length)];
  const out = new Uint8Array(head.length + body.length);
  out.set(head);
  out.set(body, head.length);
  return out;
}

export function repeatedBytes(pattern: readonly number[], size = SIZE): Uint8Array {
  return Uint8Array.from({ length: size - (size % pattern.length) }, (_, k) => pattern[k % pattern.length]!);
}

/** iden3's container: magic, version, and sections of any claimed size. */
export function sections(
  magic: string,
  list: readonly { readonly type: number; readonly size?: bigint; readonly data: Uint8Array }[],
  count = list.length,
): Uint8Array {
  const head = Buffer.alloc(12);
  head.write(magic, 'latin1');
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(count >>> 0, 8);
  const parts = list.flatMap(({ type, size, data }) => {
    const own = Buffer.alloc(12);
    own.writeUInt32LE(type, 0);
    own.writeBigUInt64LE(size ?? BigInt(data.length), 4);
    return [own, data];
  });
  return new Uint8Array(Buffer.concat([head, ...parts]));
}
