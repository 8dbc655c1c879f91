/** S3 refuses connections in the middle of a run. */

import { setTimeout as delay } from 'node:timers/promises';
import { LabelmillProcess, labelmill } from '../../test/parts/labelmill.ts';
import { TestRedis } from '../../test/parts/redis.ts';
import { bucketOfPhotos } from '../../test/parts/s3-photos.ts';
import { TcpProxy } from '../../test/parts/tcp-proxy.ts';
import { S3Server } from '../s3-server.ts';

export interface S3Outage {
  readonly outageSeconds: number;
  readonly listed: number;
  readonly ok: number;
  readonly error: number;
  /** Times that a chunk failed, which spends one of its attempts. */
  readonly attempts: number;
  /** Images that were counted when S3 went. */
  readonly before: number;
  /** From its return until the run was complete. */
  readonly completeSeconds: number;
  /** What `verify` ends with. */
  readonly verified: number | null;
}

const images = 2400;

export async function s3Outage(outageSeconds: number): Promise<S3Outage> {
  const { ceph } = await S3Server.start();
  const bucket = await bucketOfPhotos(ceph, images);
  await using redis = await TestRedis.start();
  await using proxy = await TcpProxy.start(Number(new URL(ceph.endpoint).port));
  const env = { ...ceph.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${proxy.port}`, REDIS_URL: redis.url };
  const args = ['enqueue', `s3://${bucket}/photos/`, '--out', `s3://${bucket}/runs/`, '--chunk-size', '8'];
  await using producer = new LabelmillProcess([...args, '--wait', '--json'], { env });
  await using worker = new LabelmillProcess(['worker'], { env });
  await producer.says('on queue');
  const connection = redis.connect();
  const [id = ''] = await connection.zrevrange('labelmill-runs', 0, 0);
  const counted = async () => Number(await connection.hget(`labelmill-run:{${id}}`, 'ok'));
  while ((await counted()) < images / 4) await delay(20);
  const before = await counted();
  connection.disconnect();
  process.stderr.write(`S3 is away for ${outageSeconds} s\n`);
  proxy.harm = { kind: 'down' };
  await delay(outageSeconds * 1000);
  proxy.harm = { kind: 'none' };
  const back = performance.now();
  const { stdout } = await producer.ended;
  const completeSeconds = (performance.now() - back) / 1000;
  const { listed, ok, error, folder } = JSON.parse(stdout);
  const attempts = worker.output.stdout.split('"chunk failed"').length - 1;
  const { status: verified } = await labelmill(['verify', folder], { env: ceph.env });
  return { outageSeconds, listed, ok, error, attempts, before, completeSeconds, verified };
}
