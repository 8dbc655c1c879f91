/** One object that never comes, while others do: a record, and not a run without an end. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

it('an object whose body never ends is fetch_timeout, and the run closes', async () => {
  await using folder = await temporaryFolder();
  const photo = await readFile(join(repository, 'examples/photos/cat.jpg'));
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-length': photo.length, etag: '"v"' });
    if (request.url?.includes('slow')) response.write(photo.subarray(0, 100));
    else response.end(photo);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const env = {
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    LABELMILL_FETCH_TIMEOUT_MS: '1000',
  };
  const input = 's3://bucket/1.jpg\ns3://bucket/slow.jpg\ns3://bucket/2.jpg\n';
  const out = join(folder.path, 'runs');
  const { status, stdout } = await labelmill(['label', '-', '--out', out, '--json'], { env, input });
  server.closeAllConnections();
  server.close();
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ listed: 3, ok: 2, errors: { fetch_timeout: 1 } });
});
