/**
 * A real S3 for the `*.s3.test.ts` suites: one Ceph for the whole run of tests, started by the first file that asks,
 * gone with the run. LABELMILL_TEST_S3 (`http://<key>:<secret>@<host>:<port>`) names one that runs already.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectS3 } from '@labelmill/shared/store/s3-connection';
import { type StoreConfig, storeConfigSchema } from '@labelmill/shared/store/store-config';

export interface Ceph {
  readonly endpoint: string;
  /** For stores of this process, which find the credentials in its environment: `testCeph` puts them there. */
  readonly config: StoreConfig;
  /** For the environment of a command: endpoint, credentials, region. */
  readonly env: Readonly<Record<string, string>>;
  /** Creates an empty bucket and names it. */
  freshBucket(): Promise<string>;
}

const script = fileURLToPath(new URL('start-s3.sh', import.meta.url));

export async function testCeph(): Promise<Ceph> {
  // The runner's process owns the server: all test files are its children, and ask for the same folder.
  return cephAt(process.env.LABELMILL_TEST_S3 ?? (await startCeph(process.ppid)).url);
}

/** Puts the credentials in `url` into the environment of this process. */
export function cephAt(withCredentials: string): Ceph {
  const url = new URL(withCredentials);
  const credentials = {
    AWS_ACCESS_KEY_ID: decodeURIComponent(url.username),
    AWS_SECRET_ACCESS_KEY: decodeURIComponent(url.password),
    AWS_REGION: 'us-east-1',
  };
  Object.assign(process.env, credentials);
  const config = storeConfigSchema.parse({ s3: { endpoint: url.origin, forcePathStyle: true } });
  return {
    endpoint: url.origin,
    config,
    env: { ...credentials, AWS_ENDPOINT_URL_S3: url.origin },
    async freshBucket() {
      const { sdk, client } = await connectS3(config, 1);
      const bucket = `labelmill-${randomBytes(6).toString('hex')}`;
      await client.send(new sdk.CreateBucketCommand({ Bucket: bucket }));
      client.destroy();
      return bucket;
    },
  };
}

/** Another user of the Ceph that `testCeph` started, who may nothing at first; null where it is one that ran already. */
export async function createUser(name: string): Promise<Record<string, string> | null> {
  if (process.env.LABELMILL_TEST_S3 !== undefined) return null;
  const { folder } = await startCeph(process.ppid);
  const secret = randomBytes(16).toString('hex');
  const keys = ['--access-key', name, '--secret-key', secret];
  const user = ['user', 'create', '--uid', name, '--display-name', name, ...keys];
  await promisify(execFile)('radosgw-admin', ['-c', join(folder, 'ceph.conf'), '-n', 'client.rgw', ...user]);
  return { AWS_ACCESS_KEY_ID: name, AWS_SECRET_ACCESS_KEY: secret };
}

/** One for each owner, gone with its process. `folder` holds a `.pid` file for each process of the server. */
export async function startCeph(owner: number): Promise<{ url: string; folder: string }> {
  const folder = join(tmpdir(), `labelmill-s3-${owner}`);
  const { stdout } = await promisify(execFile)('bash', [
    script,
    folder,
    String(await freePort()),
    String(owner),
  ]);
  return { url: stdout.trim(), folder };
}

/** Below the ports that outgoing connections take, with Ceph's own 10,000 above it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer()
    .once('error', () => resolve(false))
    .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  return promise;
}
