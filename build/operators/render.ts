/** docs/operators.md from the table of records: what is read, with what restrictions, at what cost and how precisely. */
import { CONTROL_FLOW } from '../../src/ir/control-flow.ts';
import { NEWEST_OPSET, OLDEST_OPSET } from '../../src/ir/import.ts';
import type { Operator } from '../../src/operators/operator.ts';
import { OPERATORS } from '../../src/operators/table.ts';
import { type Measured, measure } from './measure.ts';

const NAMES: Readonly<Record<string, string>> = {
  linear: 'sums',
  weights: 'weights',
  product: 'products',
  matmul: 'sums of products',
  maximum: 'maxima',
  table: 'tables',
  step: 'comparisons',
  shift: 'floors',
  take: 'look-ups',
};

const figure = (x: number): string => (Number.isInteger(x) ? `${x}` : `${Number(x.toPrecision(2))}`);

function costText({ cost }: Measured): string {
  if (cost.size === 0) return 'none';
  const parts = [...cost].filter(([op]) => op !== 'weights').map(([op, n]) => `${figure(n)} ${NAMES[op]}`);
  const weights = cost.get('weights');
  return `${parts.join(', ')}${weights ? ` (${figure(weights)} weights)` : ''}`;
}

/** Parts of the output's range in powers of ten: what is worth knowing of one sample. */
const errorText = ({ error }: Measured): string => (error === 0 ? 'exact' : `${(100 * error).toPrecision(1)} %`);

function restrictions({ restriction, attributes }: Operator, measured: Measured | undefined): string {
  const constants = (measured?.constants ?? []).map((what) => `${what} constant`);
  const texts = [...constants, ...(restriction ? [restriction] : [])];
  const read = attributes.length > 0 ? `reads ${attributes.map((name) => `\`${name}\``).join(' ')}` : '';
  return [texts.join('; '), read].filter((text) => text !== '').join('; ');
}

function row(operator: Operator): string {
  const measured = measure(operator);
  const [fewest, most] = operator.inputs;
  const inputs =
    most === Number.POSITIVE_INFINITY ? `${fewest} or more` : fewest === most ? `${fewest}` : `${fewest} to ${most}`;
  const cells = measured ? [costText(measured), errorText(measured)] : ['-', '-'];
  return `| ${[operator.op, inputs, ...cells, restrictions(operator, measured)].join(' | ')} |`;
}

function table(operators: readonly Operator[]): string {
  const sorted = [...operators].sort((a, b) => (a.op < b.op ? -1 : 1));
  const head = [
    '| operator | inputs | cost of a number | error | what is read of it |',
    '| --- | --- | --- | --- | --- |',
  ];
  return [...head, ...sorted.map(row)].join('\n');
}

/** The document. */
export function renderOperators(): string {
  const of = (domain: string | undefined): Operator[] => OPERATORS.filter((operator) => operator.domain === domain);
  return `# Operators

Written by \`npm run operators\` from the table of records (src/operators/table.ts); do not edit it. How one is added: docs/adding-an-operator.md.

Operator sets ${OLDEST_OPSET} to ${NEWEST_OPSET} of ONNX are read. Element types: float, float16, double, bfloat16, integers of 2 to 64 bits and booleans; integers and booleans are exact, within
the machine's range. A node with an attribute that is not listed is refused by name, as is everything that is not in the tables, all of a network at once.
Shape arithmetic and whatever else is constant is computed while the network is read and costs nothing.

- *cost of a number*: how many numbers of each kind the machine computes for one number of the output, measured on a small node. A sum has as many weights as it
  adds up; a product, a maximum of two, a table and a look-up stand for one each. What only moves numbers costs nothing.
- *error*: largest difference of the machine's integers from doubles on that node, as a part of the output's range. \`fold run --compare-float\` shows it on a network.
- \`Constant\` is read as what it holds, \`Identity\` and casts between real types are nothing. Local functions are inlined.
- *Booleans and computed indices*: a number that a boolean input, a look-up or an axis has no place for has no proof (docs/protocol.md, section 11.5). An input file's fraction for an
  integer, or another number than 0 and 1 for a boolean, is refused before that.
- *Domains*: where ONNX has NaN or an infinity (a root or a logarithm of a number below zero, asin of 2, a division by zero, a power with a fraction of a number below
  zero) a run is refused, and has no proof; so is a sample of which that is computed. Of constants an infinity is the largest number of float32.
- *Masks of attention*: a softmax takes scores and what is added to hide some of them apart, so that these keep their precision: constants of -9000 and below, products of
  whole numbers with factors of 1000 and more, of which all are small multiples of one, and minus infinity. Where scores come as near to a mask as the plan lets them the sum itself is
  proven, as precisely as its range allows. Masks of sizes that are no multiples (-1e9 beside -1e4) are numbers like others. A row of nothing but minus infinity has no proof.

## ONNX

${table(of(undefined))}

Control flow is unrolled while the network is read:

| operator | what is read of it |
| --- | --- |
${CONTROL_FLOW.map(({ op, restriction }) => `| ${op} | ${restriction} |`).join('\n')}

## ai.onnx.ml

${table(of('ai.onnx.ml'))}

## com.microsoft

What onnxruntime's optimizer and quantizer write.

${table(of('com.microsoft'))}
`;
}
