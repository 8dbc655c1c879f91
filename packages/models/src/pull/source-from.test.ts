import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FileStore } from '@labelmill/shared/store/file-store';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import { publishedAs } from '../../test/published-fake.ts';
import { serve, WeightsServer } from '../../test/weights-server.ts';
import { sourceFrom } from './source-from.ts';

const bytes = Buffer.from('a model');

async function textFrom(from: string, cwd: string) {
  const asked: string[] = [];
  const dispatcher = new Agent();
  const storeFor = (uri: string) => {
    asked.push(uri);
    return new FileStore(null);
  };
  const { blocks } = await sourceFrom(from, { dispatcher, storeFor, cwd }).open(
    publishedAs(bytes),
    0,
    undefined,
  );
  const text = (await buffer(blocks)).toString();
  await dispatcher.destroy();
  return { text, asked };
}

it('a mirror, a relative folder and a URI are told apart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'source-from-'));
  await writeFile(join(folder, 'vgg11.tv_in1k.safetensors'), bytes);
  await using server = await WeightsServer.start(serve(bytes));
  expect(await textFrom(server.origin, folder)).toEqual({ text: 'a model', asked: [] });
  const uri = `file://${folder}`;
  expect(await textFrom(basename(folder), dirname(folder))).toEqual({ text: 'a model', asked: [uri] });
  expect(await textFrom(uri, '/')).toEqual({ text: 'a model', asked: [uri] });
  await rm(folder, { recursive: true });
});

it('any other scheme is the stores’ to know', () => {
  const storeFor = (uri: string): never => {
    throw new Error(uri);
  };
  const source = () => sourceFrom('s3://bucket/models', { dispatcher: new Agent(), storeFor, cwd: '/' });
  expect(source).toThrow('s3://bucket/models');
});
