/** Numbers with their units as people read them, in the command line and in reports. */

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 3.1 MB; decimal units. */
export function bytes(n: number): string {
  let unit = 0;
  let value = n;
  for (; value >= 999.5 && unit < SIZES.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

/** 0.42 s, 12.3 s, 4 min 05 s. */
export function seconds(s: number): string {
  if (s < 1) return `${s.toFixed(2)} s`;
  if (s < 99.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** A digest, or another element of a field of 254 bits: 0x and 64 hexadecimal digits. */
export const hex = (element: bigint): string => `0x${element.toString(16).padStart(64, '0')}`;

/** The element of such a text; undefined for any other, but for capital digits. It may be too large for the field. */
export const elementOfHex = (text: string): bigint | undefined =>
  /^0x[0-9a-fA-F]{64}$/.test(text) ? BigInt(text) : undefined;

/** 811,456 */
export const count = (n: number): string => n.toLocaleString('en-US');

/** "1 step", "2 steps"; the noun takes an s. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** At most six significant digits, no exponent for ordinary numbers. */
export const number = (x: number): string => String(Number(x.toPrecision(6)));
