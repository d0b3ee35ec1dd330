/**
 * Where in the source a row is made: the functions of src/ on the stack, from the circuit's own down to the gadget that asks for
 * the row, each with the place in it. Anonymous functions count as part of the named one around them.
 */

export interface Place {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type CallChain = readonly Place[];

/** Functions that only pass a body on. */
const TRANSPARENT = new Set([
  'scope',
  'inScope',
  'block',
  'atOnce',
  'next',
  'map',
  'forEach',
  'reduce',
  'row',
  'permute',
]);
const SOURCE = /\/src\/(?!circuit\/(shape|form-system|value-system)\.ts)[\w/-]+\.ts/;

export function callChain(): CallChain {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  // call sites as they are: neither text nor source maps
  Error.prepareStackTrace = (_error, sites) => sites;
  const sites = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const chain: Place[] = [];
  for (const site of sites.reverse()) {
    const file = SOURCE.exec(site.getFileName() ?? '')?.[0];
    if (!file) continue;
    const name = site.getFunctionName()?.split('.').at(-1) ?? '';
    const place = { file, line: site.getLineNumber() ?? 0, column: site.getColumnNumber() ?? 0 };
    const last = chain.at(-1);
    if (TRANSPARENT.has(name)) continue;
    if (name !== '' && !(last && last.file === file && isInner(name, last.name))) chain.push({ name, ...place });
    else if (last && last.file === file) chain[chain.length - 1] = { name: last.name, ...place };
  }
  return chain;
}

/** A generator or function that calls itself is one place. */
function isInner(name: string, last: string): boolean {
  return name === last;
}
