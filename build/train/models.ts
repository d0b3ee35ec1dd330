/** What is trained, and how: the settings of each network, and its file. */
import { train } from './descent.ts';
import { type Digit, trainingDigits } from './digits.ts';
import { NETWORKS } from './networks.ts';
import { writeNetwork } from './onnx-layers.ts';
import { boost, writeTrees } from './trees.ts';

const SEED = 1;

const DESCENTS = {
  residual: { epochs: 40, rate: 4e-3, moves: 1 },
  depthwise: { epochs: 60, rate: 1e-2, moves: 1 },
  transformer: { epochs: 40, rate: 1e-2, moves: 0 },
} satisfies Record<keyof typeof NETWORKS, object>;
const BOOSTING = { rounds: 20, depth: 3, rate: 0.4, regularization: 1 };

export const MODEL_NAMES = ['residual', 'depthwise', 'transformer', 'trees'] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** Other images, or fewer epochs or rounds, than those that the bundled networks have. */
export interface Training {
  readonly digits?: readonly Digit[];
  readonly length?: number;
}

export function trainModel(name: ModelName, { digits = trainingDigits(), length }: Training = {}): Uint8Array {
  if (name === 'trees') return writeTrees(boost(digits, { ...BOOSTING, rounds: length ?? BOOSTING.rounds }));
  const descent = DESCENTS[name];
  const network = NETWORKS[name];
  const settings = { seed: SEED, ...descent, epochs: length ?? descent.epochs };
  return writeNetwork(name, network, train(network, digits, settings)).bytes;
}
