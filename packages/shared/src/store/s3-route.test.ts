/** The routes of Amazon's own hosts, which no test can reach: the SDK builds its request and hands it to a transport that stays here. */
import { Readable } from 'node:stream';
import * as sdk from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { Deadline } from './deadline.ts';
import { getObject } from './s3-get.ts';
import type { S3Route } from './s3-route.ts';

interface HttpRequest {
  readonly query: Readonly<Record<string, unknown>>;
}

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };

// By https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html and dual-stack-endpoints.html
test.each<[string, string, sdk.S3ClientConfig, string]>([
  ['a host of its own', 'photos', {}, 'https://photos.s3.eu-west-1.amazonaws.com/'],
  ['dots in its name', 'my.photos', {}, 'https://s3.eu-west-1.amazonaws.com/my.photos/'],
  ['a path', 'photos', { forcePathStyle: true }, 'https://s3.eu-west-1.amazonaws.com/photos/'],
  ['IPv6', 'photos', { useDualstackEndpoint: true }, 'https://photos.s3.dualstack.eu-west-1.amazonaws.com/'],
  ['an own endpoint', 'photos', { endpoint: 'http://store:9000' }, 'http://photos.store:9000/'],
  [
    'an endpoint with a path',
    'photos',
    { endpoint: 'https://store/s3', forcePathStyle: true },
    'https://store/s3/photos/',
  ],
])('a bucket with %s', async (_, bucket, config, url) => {
  const route = await routeOfGet(bucket, config);
  expect(route && route.origin + route.path).toBe(url);
  expect(route).toMatchObject({ host: new URL(url).host, region: 'eu-west-1' });
});

test('a bucket of S3 Express, which has sessions of its own, is left to the SDK', async () => {
  expect(await routeOfGet('photos--euw1-az1--x-s3', {})).toBeUndefined();
});

async function routeOfGet(bucket: string, config: sdk.S3ClientConfig): Promise<S3Route | undefined> {
  const client = new sdk.S3Client({
    region: 'eu-west-1',
    credentials,
    requestHandler: { handle: async (request: HttpRequest) => ({ response: answerTo(request) }) },
    ...config,
  });
  using deadline = new Deadline(10_000);
  const location = { bucket, key: 'a folder/a photo.jpg' };
  let route: S3Route | undefined;
  await getObject({ sdk, client, location, deadline }, `s3://${bucket}/`, { maxBytes: 100 }, (found) => {
    route = found;
  });
  return route;
}

function answerTo({ query }: HttpRequest) {
  const session =
    '<CreateSessionResult><Credentials><AccessKeyId>k</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>';
  return { statusCode: 200, headers: {}, body: Readable.from(['session' in query ? session : 'x']) };
}
