/**
 * Gradient-boosted trees (Friedman 2001) for the classes' logits, with second derivatives and histograms as XGBoost has them (Chen and
 * Guestrin 2016). Pixels have 17 shades, so that every threshold is tried; it lies between two shades, where no rounding moves a pixel over it.
 */

import type { Attribute } from '../../test/helpers/node-graph.ts';
import { nodeModel } from '../../test/helpers/node-model.ts';
import { CLASSES, type Digit, PIXELS, SHADES } from './digits.ts';

export interface Boosting {
  readonly rounds: number;
  readonly depth: number;
  readonly rate: number;
  /** lambda, which keeps leaves of few images small. */
  readonly regularization: number;
}

type Tree =
  | { readonly weight: number }
  | { readonly feature: number; readonly shade: number; readonly below: Tree; readonly above: Tree };

export interface ClassTree {
  readonly label: number;
  readonly tree: Tree;
}

/** First and second derivatives of the loss of each image by one class's logit. */
interface Derivatives {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** The shade of each pixel of each image. */
type Shades = readonly Uint8Array[];

const shadesOf = (digits: readonly Digit[]): Shades =>
  digits.map(({ image }) => Uint8Array.from(image, (x) => Math.round(x * SHADES)));

/** A tree on some images; branches end where nothing is gained. */
function grow(shades: Shades, { first, second }: Derivatives, boosting: Boosting): Tree {
  const { rate, regularization } = boosting;
  const score = (g: number, h: number): number => (g * g) / (h + regularization);
  const branch = (images: readonly number[], depth: number): Tree => {
    const sum = (of: Float64Array): number => images.reduce((total, i) => total + of[i]!, 0);
    const [g, h] = [sum(first), sum(second)];
    let best = { gain: LEAST_GAIN, feature: -1, shade: 0 };
    for (let feature = 0; depth > 0 && feature < PIXELS; feature++) {
      const [firsts, seconds] = [new Float64Array(SHADES + 1), new Float64Array(SHADES + 1)];
      for (const i of images) {
        const shade = shades[i]![feature]!;
        firsts[shade]! += first[i]!;
        seconds[shade]! += second[i]!;
      }
      let [below, belowSecond] = [0, 0];
      for (let shade = 0; shade < SHADES; shade++) {
        below += firsts[shade]!;
        belowSecond += seconds[shade]!;
        const gain = score(below, belowSecond) + score(g - below, h - belowSecond) - score(g, h);
        if (gain > best.gain) best = { gain, feature, shade };
      }
    }
    const { feature, shade } = best;
    if (feature < 0) return { weight: (-rate * g) / (h + regularization) };
    const side = (isBelow: boolean): Tree =>
      branch(
        images.filter((i) => shades[i]![feature]! <= shade === isBelow),
        depth - 1,
      );
    return { feature, shade, below: side(true), above: side(false) };
  };
  return branch([...shades.keys()], boosting.depth);
}

const LEAST_GAIN = 1e-9;

function weigh(tree: Tree, image: Uint8Array): number {
  let at = tree;
  while ('feature' in at) at = image[at.feature]! <= at.shade ? at.below : at.above;
  return at.weight;
}

/** Each round adds a tree to every class. */
export function boost(digits: readonly Digit[], boosting: Boosting): ClassTree[] {
  const shades = shadesOf(digits);
  const scores = digits.map(() => new Float64Array(CLASSES));
  const trees: ClassTree[] = [];
  for (let round = 0; round < boosting.rounds; round++) {
    const chances = scores.map((own) => {
      const most = Math.max(...own);
      const powers = own.map((score) => Math.exp(score - most));
      const total = powers.reduce((sum, power) => sum + power, 0);
      return powers.map((power) => power / total);
    });
    for (let label = 0; label < CLASSES; label++) {
      const first = Float64Array.from(digits, (digit, i) => chances[i]![label]! - (digit.label === label ? 1 : 0));
      const second = Float64Array.from(chances, (own) => own[label]! * (1 - own[label]!));
      const tree = grow(shades, { first, second }, boosting);
      shades.forEach((image, i) => {
        scores[i]![label]! += weigh(tree, image);
      });
      trees.push({ label, tree });
    }
  }
  return trees;
}

/** The trees as one TreeEnsembleClassifier of ai.onnx.ml: the label and the probabilities of an image's 64 pixels. */
export function writeTrees(trees: readonly ClassTree[]): Uint8Array {
  const columns: Record<string, number[]> = {};
  const row = (prefix: string, numbers: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(numbers)) {
      columns[`${prefix}_${name}`] ??= [];
      columns[`${prefix}_${name}`]!.push(value);
    }
  };
  const modes: string[] = [];
  trees.forEach(({ label, tree: root }, treeid) => {
    // nodes in the order in which they are met, each level from left to right
    const met: Tree[] = [root];
    for (const [id, tree] of met.entries()) {
      const place = { treeids: treeid, nodeids: id };
      if ('weight' in tree) {
        modes.push('LEAF');
        row('nodes', { ...place, featureids: 0, values: 0, truenodeids: 0, falsenodeids: 0 });
        row('class', { ...place, ids: label, weights: tree.weight });
        continue;
      }
      modes.push('BRANCH_LEQ');
      const [truenodeids, falsenodeids] = [met.length, met.length + 1];
      met.push(tree.below, tree.above);
      row('nodes', {
        ...{ ...place, featureids: tree.feature, values: (tree.shade + 0.5) / SHADES },
        ...{ truenodeids, falsenodeids },
      });
    }
  });
  const isReal = (name: string): boolean => name === 'nodes_values' || name === 'class_weights';
  const lists = Object.entries(columns).map(([name, values]): [string, Attribute] => [
    name,
    isReal(name) ? { floats: values } : { ints: values },
  ]);
  const { bytes } = nodeModel({
    domain: 'ai.onnx.ml',
    op: 'TreeEnsembleClassifier',
    attributes: {
      ...Object.fromEntries(lists),
      nodes_modes: { strings: modes },
      classlabels_int64s: { ints: Array.from({ length: CLASSES }, (_, label) => label) },
      post_transform: { s: 'SOFTMAX' },
    },
    inputs: [{ shape: [1, PIXELS], type: 'float32', data: [] }],
    outputs: 2,
  });
  return bytes;
}
