/** A Redis whose connections stay open and say nothing, as behind a firewall that forgot them. */
import { connectRedis } from '@labelmill/shared/redis/connection';
import { expect, it } from 'vitest';
import { labelmill } from '../parts/labelmill.ts';
import { TestRedis } from '../parts/redis.ts';
import { TcpProxy } from '../parts/tcp-proxy.ts';

it('is given up and connected to anew, and the call that waited gets its answer', async () => {
  await using server = await TestRedis.start();
  await using proxy = await TcpProxy.start(server.port);
  const redis = await connectRedis(`redis://127.0.0.1:${proxy.port}`);
  await redis.set('labelmill:answer', '42');
  proxy.harm = { kind: 'stall' };
  const answer = redis.get('labelmill:answer');
  await new Promise((resolve) => redis.once('reconnecting', resolve));
  proxy.harm = { kind: 'none' };
  expect(await answer).toBe('42');
  redis.disconnect();
});

it('is one line for a command that starts', async () => {
  await using server = await TestRedis.start();
  await using proxy = await TcpProxy.start(server.port);
  proxy.harm = { kind: 'stall' };
  const { status, stderr } = await labelmill(['status', '--redis', `redis://127.0.0.1:${proxy.port}`]);
  expect(status).toBe(2);
  expect(stderr).toContain('no answer within 3 s');
});
