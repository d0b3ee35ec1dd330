/** Known networks of a useful size, with random weights: what proof systems for networks are compared on. */
import { float, int, ints, NetworkWriter, type WrittenNetwork } from './writer.ts';

const CLASSES = 10;
const IMAGE = [1, 3, 32, 32] as const;

/** The head of image networks: mean over the places, then the classes. */
function classes(net: NetworkWriter, x: string, channels: number): string {
  const pooled = net.node('GlobalAveragePool', [x]);
  return net.gemm(net.node('Flatten', [pooled], [int('axis', 1)]), channels, CLASSES, 1);
}

/** ResNet-18 (He et al. 2015) as it is used for 32x32 images: the first convolution of 3x3 with stride 1, no pool behind it. */
function resnet18(): WrittenNetwork {
  const net = new NetworkWriter('resnet18', IMAGE);
  const relu = (x: string): string => net.node('Relu', [x]);
  const block = (x: string, from: number, to: number, stride: number): string => {
    const first = relu(net.conv(x, [from, to], 3, { stride }));
    const second = net.conv(first, [to, to], 3, { gain: 0.5 });
    const skip = stride === 1 ? x : net.conv(x, [from, to], 1, { stride, gain: 1 });
    return relu(net.node('Add', [second, skip]));
  };
  let x = relu(net.conv('input', [3, 64], 3));
  let from = 64;
  for (const to of [64, 128, 256, 512]) {
    x = block(x, from, to, to === 64 ? 1 : 2);
    x = block(x, to, to, 1);
    from = to;
  }
  return net.finish(classes(net, x, 512), [1, CLASSES]);
}

/** MobileNetV2 (Sandler et al. 2018) for 32x32 images: the first two strides are 1. */
function mobilenetV2(): WrittenNetwork {
  const net = new NetworkWriter('mobilenet_v2', IMAGE);
  const clip = (x: string): string => net.node('Clip', [x, net.scalar(0), net.scalar(6)]);
  let x = clip(net.conv('input', [3, 32], 3));
  let from = 32;
  const stages = [
    ...[
      [1, 16, 1, 1],
      [6, 24, 2, 1],
      [6, 32, 3, 2],
      [6, 64, 4, 2],
    ],
    ...[
      [6, 96, 3, 1],
      [6, 160, 3, 2],
      [6, 320, 1, 1],
    ],
  ] as const;
  for (const [expansion, to, repeats, first] of stages)
    for (let n = 0; n < repeats; n++) {
      const stride = n === 0 ? first : 1;
      const wide = expansion * from;
      const spread = expansion === 1 ? x : clip(net.conv(x, [from, wide], 1));
      const deep = clip(net.conv(spread, [wide, wide], 3, { stride, group: wide }));
      const narrow = net.conv(deep, [wide, to], 1, { gain: 1 });
      x = stride === 1 && from === to ? net.node('Add', [x, narrow]) : narrow;
      from = to;
    }
  x = clip(net.conv(x, [320, 1280], 1));
  return net.finish(classes(net, x, 1280), [1, CLASSES]);
}

/** VGG-11 (Simonyan and Zisserman 2014) for 32x32 images: one linear layer behind the convolutions. */
function vgg11(): WrittenNetwork {
  const net = new NetworkWriter('vgg11', IMAGE);
  let x = 'input';
  let from = 3;
  for (const to of [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0]) {
    if (to === 0) {
      const pool = [
        ints('kernel_shape', 2, 2),
        ints('pads', 0, 0, 0, 0),
        ints('strides', 2, 2),
        ints('dilations', 1, 1),
      ];
      x = net.node('MaxPool', [x], [int('ceil_mode', 0), ...pool]);
    } else {
      x = net.node('Relu', [net.conv(x, [from, to], 3)]);
      from = to;
    }
  }
  const flat = net.node('Flatten', [x], [int('axis', 1)]);
  return net.finish(net.gemm(flat, 512, CLASSES, 1), [1, CLASSES]);
}

/** The MLP 784-2000-60-4000-10 that the Bionetta paper measures. */
function mlp(): WrittenNetwork {
  const net = new NetworkWriter('mlp', [1, 784]);
  const widths = [784, 2000, 60, 4000, CLASSES];
  let x = 'input';
  widths.slice(1).forEach((to, i) => {
    const y = net.gemm(x, widths[i]!, to);
    x = to === CLASSES ? y : net.node('Relu', [y]);
  });
  return net.finish(x, [1, CLASSES]);
}

/** One block of GPT-2 small on a few tokens: attention of 12 heads and a perceptron, width 768. */
function gpt2Block(): WrittenNetwork {
  const [tokens, width, heads] = [16, 768, 12];
  const size = width / heads;
  const net = new NetworkWriter('gpt2_block', [1, tokens, width]);
  const norm = (x: string): string => {
    const [weight, bias] = [net.numbers(`${x}.weight`, [width], () => 1), net.weights(`${x}.bias`, [width], 0.1)];
    return net.node('LayerNormalization', [x, weight, bias], [int('axis', -1), float('epsilon', 1e-5)]);
  };
  const joint = net.matmul(norm('input'), width, 3 * width);
  const part = (n: number, ...perm: number[]): string => {
    const [from, to] = [net.integers(n * width), net.integers((n + 1) * width)];
    const slice = net.node('Slice', [joint, from, to, net.integers(2)]);
    const shaped = net.node('Reshape', [slice, net.integers(1, tokens, heads, size)]);
    return net.node('Transpose', [shaped], [ints('perm', ...perm)]);
  };
  const scores = net.node('MatMul', [part(0, 0, 2, 1, 3), part(1, 0, 2, 3, 1)]);
  const scaled = net.node('Mul', [scores, net.scalar(1 / Math.sqrt(size))]);
  const mask = net.numbers('mask', [1, 1, tokens, tokens], (i) =>
    i % tokens > Math.floor(i / tokens) ? Number.NEGATIVE_INFINITY : 0,
  );
  const weights = net.node('Softmax', [net.node('Add', [scaled, mask])], [int('axis', -1)]);
  const mixed = net.node('MatMul', [weights, part(2, 0, 2, 1, 3)]);
  const rows = net.node('Transpose', [mixed], [ints('perm', 0, 2, 1, 3)]);
  const attention = net.matmul(net.node('Reshape', [rows, net.integers(1, tokens, width)]), width, width);
  const x = net.node('Add', ['input', attention]);
  const wide = net.matmul(norm(x), width, 4 * width);
  const cube = net.node('Pow', [wide, net.scalar(3)]);
  const inner = net.node('Add', [wide, net.node('Mul', [cube, net.scalar(0.044715)])]);
  const tanh = net.node('Tanh', [net.node('Mul', [inner, net.scalar(Math.sqrt(2 / Math.PI))])]);
  const gelu = net.node('Mul', [net.node('Mul', [wide, net.scalar(0.5)]), net.node('Add', [tanh, net.scalar(1)])]);
  return net.finish(net.node('Add', [x, net.matmul(gelu, 4 * width, width)]), [1, tokens, width]);
}

export const ARCHITECTURES: Readonly<Record<string, () => WrittenNetwork>> = {
  mlp,
  vgg11,
  mobilenet_v2: mobilenetV2,
  resnet18,
  gpt2_block: gpt2Block,
};
