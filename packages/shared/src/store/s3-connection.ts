/** The AWS SDK, set up: loaded when the first `s3://` URI comes, since loading it takes longer than starting labelmill. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { OutageError } from '../errors.ts';
import type { StoreConfig } from './store-config.ts';

export interface S3Connection {
  readonly sdk: typeof import('@aws-sdk/client-s3');
  readonly client: S3Client;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html */
export const requesterPays = { 'x-amz-request-payer': 'requester' } as const;

/** Credentials come from wherever AWS's tools find them. Throws `OutageError` `s3_region`. */
export async function connectS3(config: StoreConfig, connections: number): Promise<S3Connection> {
  const sdk = await import('@aws-sdk/client-s3');
  const agent = { keepAlive: true, maxSockets: connections };
  const { endpoint, region, forcePathStyle } = config.s3;
  const settings: S3ClientConfig = {
    forcePathStyle,
    maxAttempts: 1, // callers retry: they know what else is in flight
    requestHandler: {
      connectionTimeout: config.connectTimeoutMs,
      // Counted by our own deadlines too, but not for the services that give credentials: they inherit this.
      requestTimeout: config.readTimeoutMs,
      throwOnRequestTimeout: true,
      socketAcquisitionWarningTimeout: config.readTimeoutMs, // waiting for one of our own sockets is no fault before that
      httpAgent: agent,
      httpsAgent: agent,
    },
    ...(region !== undefined && { region }),
    ...(endpoint === undefined
      ? { followRegionRedirects: true }
      : // Stores that are not Amazon's often know nothing of its trailing checksums.
        {
          endpoint,
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
  };
  const client = open(sdk, settings, config);
  if (await hasRegion(client)) return { sdk, client };
  client.destroy();
  if (endpoint === undefined) {
    throw new OutageError('s3_region', 'no region is set for S3: set AWS_REGION', { retryable: false });
  }
  return { sdk, client: open(sdk, { ...settings, region: 'us-east-1' }, config) };
}

/** Says with every request who pays, where the configuration does. */
function open(sdk: S3Connection['sdk'], settings: S3ClientConfig, { s3 }: StoreConfig): S3Client {
  const client = new sdk.S3Client(settings);
  if (!s3.requesterPays) return client;
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, requesterPays);
      return next(args);
    },
    { step: 'build', name: 'labelmillRequesterPays' }, // before the signature, which covers it
  );
  return client;
}

async function hasRegion(client: S3Client): Promise<boolean> {
  return client.config.region().then(Boolean, () => false);
}
