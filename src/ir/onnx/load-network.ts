/** An ONNX file with the files of data that it names, from disk or as bytes: the network, and the digest that names it. */
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { FoldError } from '../../errors.ts';
import { sha256Hex } from '../../store/digest.ts';
import { readFileBounded } from '../../store/read.ts';
import { type ExternalFiles, externalLocations } from './external.ts';
import { type Network, networkOf } from './network.ts';
import { decodeModelProto, type ModelProto } from './proto.ts';

/** A model, and a file of data beside it, above this are refused before they are read: 2 GiB. */
const MAX_BYTES = 2 ** 31 - 1;
/** Files beside one model: PyTorch may write one a tensor. */
export const MAX_FILES = 4096;

export interface LoadedNetwork {
  readonly network: Network;
  /** SHA-256 of the file's bytes; with files beside it of that digest and theirs, in the order of their locations. */
  readonly sha256: string;
}

/** @throws E_FILE, E_TOO_LARGE, E_FORMAT for data that is not beside the model, and what `networkOf` throws */
export async function loadNetwork(path: string): Promise<LoadedNetwork> {
  const bytes = await readFileBounded(path, MAX_BYTES);
  const model = decodeModelProto(bytes);
  return loaded(model, bytes, await readExternal(path, externalLocations(model).sort()));
}

/** The same of bytes. @throws E_FORMAT for data that is not given, and what `networkOf` throws */
export function readNetwork(bytes: Uint8Array, external: ExternalFiles = new Map()): LoadedNetwork {
  const model = decodeModelProto(bytes);
  const given = externalLocations(model)
    .sort()
    .map((location): [string, Uint8Array] => {
      const file = external.get(location);
      if (file) return [location, file];
      throw new FoldError('E_FORMAT', 'A file of data that the model names is not given.', {
        expected: `"${location}"`,
        got: `${external.size} files of data`,
      });
    });
  return loaded(model, bytes, new Map(given));
}

/** The files of data beside a model, by the locations that it gives them. @throws E_FILE, E_TOO_LARGE, E_FORMAT */
export function readExternalFiles(path: string, bytes: Uint8Array): Promise<ExternalFiles> {
  return readExternal(path, externalLocations(decodeModelProto(bytes)).sort());
}

function loaded(model: ModelProto, bytes: Uint8Array, external: ExternalFiles): LoadedNetwork {
  const digests = [bytes, ...external.values()].map((file) => sha256Hex(file));
  const network = networkOf(model, bytes, { external, infinite: true });
  const sha256 = digests.length === 1 ? digests[0]! : sha256Hex(new TextEncoder().encode(digests.join()));
  return { network, sha256 };
}

async function readExternal(path: string, locations: readonly string[]): Promise<ExternalFiles> {
  if (locations.length > MAX_FILES)
    throw new FoldError('E_TOO_LARGE', 'The model keeps its data in too many files.', {
      expected: `at most ${MAX_FILES}`,
      got: `${locations.length}`,
    });
  const files = new Map<string, Uint8Array>();
  for (const location of locations) {
    const inside = normalize(location);
    if (location === '' || isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`))
      throw new FoldError('E_FORMAT', 'The model names a file of data outside its folder.', {
        expected: 'a path beside the model',
        got: `"${location}"`,
      });
    files.set(location, await readFileBounded(join(dirname(path), inside), MAX_BYTES));
  }
  return files;
}
