/**
 * The bundled digits: 1,437 images (examples/trained/digits.txt) and the 360 that examples/digits512 keeps for tests. The first hundred of the former
 * are for calibration. No network is trained on them: one is surer of what it was trained on, so that its numbers have other ranges there.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledNetwork, packageRoot } from '../../src/ir/networks.ts';
import { parseAnyJson } from '../../src/store/json.ts';

export interface Digit {
  /** 8x8 pixels from 0 to 1, in sixteenths. */
  readonly image: Float64Array;
  readonly label: number;
}

export const SHADES = 16;
export const PIXELS = 64;
export const CLASSES = 10;

/** Where the networks and what they are trained on stand. */
export const trainedFolder = (): string => join(packageRoot(), 'examples', 'trained');

const CALIBRATION = 100;

export const calibrationDigits = (): Digit[] => readDigits().slice(0, CALIBRATION);
export const trainingDigits = (): Digit[] => readDigits().slice(CALIBRATION);

/** A line has a character for each pixel, a number to base 17, and the label. */
function readDigits(): Digit[] {
  const text = readFileSync(join(trainedFolder(), 'digits.txt'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [pixels, label] = line.split(' ') as [string, string];
      return {
        image: Float64Array.from(pixels, (pixel) => Number.parseInt(pixel, SHADES + 1) / SHADES),
        label: Number(label),
      };
    });
}

export function testDigits(): Digit[] {
  const path = bundledNetwork('digits512').test;
  const { image, label } = parseAnyJson(readFileSync(path), path) as { image: number[][]; label: number[] };
  return image.map((pixels, i) => ({ image: Float64Array.from(pixels), label: label[i]! }));
}
