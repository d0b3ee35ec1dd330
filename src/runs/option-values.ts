/** Parsers of options' values: what comes is text, and what a verb sees is checked. All throw E_USAGE. */

import type { CheckpointInterval } from '../api/checkpoints.ts';
import { FoldError } from '../errors.ts';
import { PRIVATE_PARTS, type PrivatePart } from '../store/run-record.ts';
import { elementOfHex } from '../units.ts';

export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= low && value <= high) return value;
    throw new FoldError('E_USAGE', 'that is no number in its range.', { expected: `${low} to ${high}`, got: text });
  };
}

export const text = (value: string): string => value;

export function choice<T extends string>(names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found) return found;
    throw new FoldError('E_USAGE', 'that is none of its values.', { expected: names.join(' or '), got: text });
  };
}

/** input,output,model in any order. */
export function privateParts(text: string): readonly PrivatePart[] {
  const asked = text.split(',').map((name) => choice(PRIVATE_PARTS)(name.trim()));
  return PRIVATE_PARTS.filter((part) => asked.includes(part));
}

export function address(text: string): string {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return text;
  throw new FoldError('E_USAGE', 'that is no address.', { expected: '0x and 40 hexadecimal digits', got: text });
}

/** name=size, or several with commas between; given several times they add up. */
export function dimensions(text: string, before: Dimension[] | undefined): Dimension[] {
  const given = text.split(',').map((one): Dimension => {
    const [, name, digits] = /^([^=]+)=(\d{1,9})$/.exec(one.trim()) ?? [];
    if (name !== undefined && Number(digits) > 0) return [name, Number(digits)];
    throw new FoldError('E_USAGE', 'that is no dimension.', { expected: 'NAME=SIZE, such as batch=1', got: text });
  });
  return [...(before ?? []), ...given];
}
type Dimension = readonly [name: string, size: number];

export function factor(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 1 && value <= 1024) return value;
  throw new FoldError('E_USAGE', 'that is no factor.', { expected: 'a number from 1 to 1024', got: text });
}

/** A list option may be given several times or with several values. */
export const list = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of a size like 512M, 4G, 4GiB or 1000000. @throws E_USAGE */
export function parseSize(size: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(size.trim()) ?? [];
  if (digits === undefined)
    throw new FoldError('E_USAGE', 'that is no size of memory.', { expected: 'such as 512M or 4G', got: size });
  return Math.floor(Number(digits) * UNITS[unit!.toUpperCase()]!);
}

/** 64 (steps), 30s, 10m or 2h. @throws E_USAGE */
export function parseInterval(interval: string): CheckpointInterval {
  const [, digits, unit = ''] = /^(\d{1,9})([smh]?)$/.exec(interval.trim()) ?? [];
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
  const count = Number(digits);
  if (digits === undefined || count === 0)
    throw new FoldError('E_USAGE', 'that is no interval.', {
      expected: 'steps, such as 64, or 30s, 10m, 2h',
      got: interval,
    });
  return unit === '' ? { steps: count } : { seconds: count * units[unit]! };
}

/** Where events go for other programs: a port of this machine, or a Unix socket. */
export type StreamPlace = { readonly port: number } | { readonly path: string };

/** A port, 0 for any free one, or unix:PATH. @throws E_USAGE */
export function parseStream(place: string): StreamPlace {
  const [, path] = /^unix:(.+)$/.exec(place) ?? [];
  if (path !== undefined) return { path };
  if (/^\d{1,5}$/.test(place) && Number(place) < 2 ** 16) return { port: Number(place) };
  throw new FoldError('E_USAGE', 'that is no place for events.', {
    expected: 'a port (0 for any free one), or unix:PATH',
    got: place,
  });
}

/** redis:// or rediss:// with TLS; name and password as in any URL. @throws E_USAGE */
export function parseRedis(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && ['redis:', 'rediss:'].includes(parsed.protocol) && parsed.hostname !== '') return url;
  // not what came: there may be a password in it
  throw new FoldError('E_USAGE', 'that is no address of a Redis server.', {
    expected: 'redis://[user:password@]HOST:PORT, or rediss:// with TLS',
    got: parsed ? `one that begins with ${parsed.protocol}` : 'no URL',
  });
}

/** A digest of 0x and 64 hexadecimal digits. @throws E_USAGE */
export function parseDigest(digest: string): bigint {
  const element = elementOfHex(digest);
  if (element !== undefined) return element;
  throw new FoldError('E_USAGE', 'that is no digest.', { expected: '0x and 64 hexadecimal digits', got: digest });
}
