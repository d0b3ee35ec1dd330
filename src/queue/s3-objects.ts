/**
 * Objects in a bucket that speaks S3, by Amazon's own client, which is loaded only here. Credentials and region come from where
 * that client looks for them (environment, profile, role); AWS_ENDPOINT_URL_S3 names another service than Amazon's.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { FoldError } from '../errors.ts';
import type { Objects } from './content-store.ts';
import { loadOptional } from './optional.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** @param place s3://BUCKET or s3://BUCKET/PREFIX. @throws E_USAGE, E_QUEUE */
export async function s3Objects(place: string): Promise<Objects> {
  const { bucket, prefix } = parsePlace(place);
  const sdk = await loadOptional<Sdk>('a store on S3', ['@aws-sdk/client-s3'], () => import('@aws-sdk/client-s3'));
  const { AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  const other = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  const client = new sdk.S3Client({
    ...(AWS_REGION === undefined && other !== undefined ? { region: 'us-east-1' } : {}),
    // buckets of other services have no host name of their own
    forcePathStyle: other !== undefined,
    // services that speak an older S3 know no checksums of this kind; ours is the object's name
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return bucketObjects(sdk, client, place, (name) => ({ Bucket: bucket, Key: `${prefix}${name}` }));
}

function parsePlace(place: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(place) ?? [];
  if (bucket === undefined)
    throw new FoldError('E_USAGE', 'That is no place of a content store.', {
      expected: 's3://BUCKET or s3://BUCKET/PREFIX',
      got: place,
      hint: '--store s3://BUCKET/PREFIX',
    });
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}

type Key = (name: string) => { readonly Bucket: string; readonly Key: string };

function bucketObjects(sdk: Sdk, client: S3Client, place: string, key: Key): Objects {
  /** Undefined for what is not there. */
  const asked = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (cause) {
      if (statusOf(cause) === 404) return undefined;
      throw failed(place, cause);
    }
  };
  return {
    place,
    async put(name, bytes) {
      const made = await asked(() =>
        client.send(new sdk.PutObjectCommand({ ...key(name), Body: bytes, ContentLength: bytes.length })),
      );
      if (!made) throw failed(place, new Error('no such bucket'));
    },
    async get(name, maxBytes) {
      const found = await asked(() => client.send(new sdk.GetObjectCommand(key(name))));
      if (!found) return undefined;
      const { Body, ContentLength = Number.POSITIVE_INFINITY } = found;
      if (ContentLength > maxBytes)
        throw new FoldError('E_TOO_LARGE', `An object of ${place} is too large.`, {
          expected: `at most ${maxBytes} bytes`,
          got: `${ContentLength} bytes`,
        });
      return asked(() => Body!.transformToByteArray());
    },
    has: async (name) => (await asked(() => client.send(new sdk.HeadObjectCommand(key(name))))) !== undefined,
    async remove(name) {
      await asked(() => client.send(new sdk.DeleteObjectCommand(key(name))));
    },
  };
}

const statusOf = (cause: unknown): number | undefined =>
  (cause as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;

function failed(place: string, cause: unknown): FoldError {
  const { name, message } = cause as Error;
  return new FoldError('E_FILE', `The content store ${place} cannot be used.`, {
    expected: 'a bucket that these credentials may read and write',
    got: `${name}: ${message}`.slice(0, 300),
    hint: 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and AWS_ENDPOINT_URL_S3 for another service',
    cause,
  });
}
