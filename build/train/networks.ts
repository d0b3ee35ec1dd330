/** The networks that `npm run train` trains by descent: each is small enough to be folded in some tens of steps of the tensor machine. */
import type { Layers, Network, Shaped } from './layers.ts';

const CLASSES = 10;

/** Two residual blocks (He et al. 2015), the second with a stride and a convolution of 1x1 beside it. */
const residual: Network = (layers, image) => {
  const first = layers.relu(layers.conv('stem', image, { channels: 8, kernel: 3 }));
  const block = <V extends Shaped>(on: Layers<V>, name: string, x: V, channels: number, stride: number): V => {
    const inner = on.relu(on.conv(`${name}.0`, x, { channels, kernel: 3, stride }));
    const outer = on.conv(`${name}.1`, inner, { channels, kernel: 3 });
    const skip = stride === 1 ? x : on.conv(`${name}.skip`, x, { channels, kernel: 1, stride });
    return on.relu(on.add(outer, skip));
  };
  const second = block(layers, 'block1', first, 8, 1);
  return layers.dense('head', layers.mean(block(layers, 'block2', second, 24, 2)), CLASSES);
};

/** Depthwise convolutions of 3x3 between convolutions of 1x1, with Relu6 (MobileNet, Howard et al. 2017). */
const depthwise: Network = (layers, image) => {
  const pair = <V extends Shaped>(on: Layers<V>, name: string, x: V, channels: number, stride: number): V => {
    const from = x.shape[0]!;
    const deep = on.relu6(on.conv(`${name}.deep`, x, { channels: from, kernel: 3, stride, groups: from }));
    return on.relu6(on.conv(`${name}.wide`, deep, { channels, kernel: 1 }));
  };
  let x = layers.relu6(layers.conv('stem', image, { channels: 8, kernel: 3 }));
  for (const [name, channels, stride] of [
    ['pair1', 16, 1],
    ['pair2', 32, 2],
    ['pair3', 32, 1],
  ] as const)
    x = pair(layers, name, x, channels, stride);
  return layers.dense('head', layers.mean(x), CLASSES);
};

/** A vision transformer (Dosovitskiy et al. 2020) of one block on 16 patches of 2x2 pixels. */
const transformer: Network = (layers, image) => {
  const [width, heads] = [16, 2];
  const patches = layers.tokens(layers.conv('patches', image, { channels: width, kernel: 2, stride: 2 }));
  let x = layers.places('places', patches);
  const seen = layers.norm('norm1', x);
  const [queries, keys, values] = ['query', 'key', 'value'].map((name) => layers.dense(name, seen, width));
  x = layers.add(x, layers.dense('mix', layers.attention(queries!, keys!, values!, heads), width));
  const wide = layers.gelu(layers.dense('mlp.0', layers.norm('norm2', x), 2 * width));
  x = layers.add(x, layers.dense('mlp.1', wide, width));
  return layers.dense('head', layers.norm('norm3', layers.mean(x)), CLASSES);
};

export const NETWORKS = { residual, depthwise, transformer } satisfies Record<string, Network>;
