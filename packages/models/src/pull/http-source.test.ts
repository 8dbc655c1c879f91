import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Agent, type Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishedAs } from '../../test/published-fake.ts';
import { serve, status, WeightsServer } from '../../test/weights-server.ts';
import { httpSource } from './http-source.ts';
import { proxyDispatcher } from './proxy-dispatcher.ts';
import { resolveRedirect } from './redirect.ts';

const bytes = Buffer.from('a model');
const weights = publishedAs(bytes);
const path = '/timm/vgg11/model.safetensors';

let dispatcher: Dispatcher;
beforeEach(() => {
  dispatcher = new Agent();
});
afterEach(() => dispatcher.destroy());

async function fetched(mirror: string, through = dispatcher): Promise<string> {
  const { blocks } = await httpSource({ dispatcher: through, mirror }).open(weights, 0, undefined);
  return (await buffer(blocks)).toString();
}

describe('a mirror', () => {
  it.each(['', '/', '/models', '/models/'])('at %j stands in for the origin of the address', async (base) => {
    await using server = await WeightsServer.start(serve(bytes));
    expect(await fetched(server.origin + base)).toBe('a model');
    expect(server.requests).toEqual([{ path: base.replace(/\/$/, '') + path, range: undefined }]);
  });

  it.each(['ftp://mirror', 'mirror.example', 'file:///models'])('is not %s', (mirror) => {
    expect(() => httpSource({ dispatcher, mirror })).toThrow(expect.objectContaining({ code: 'bad_mirror' }));
  });
});

describe('redirects', () => {
  it('are followed, relative ones too', async () => {
    await using storage = await WeightsServer.start(serve(bytes));
    const signed = `${storage.origin}/blob?signature=secret`;
    await using server = await WeightsServer.start(
      status(302, { location: '/moved' }),
      status(307, { location: signed }),
    );
    expect(await fetched(server.origin)).toBe('a model');
    expect(server.requests.map((seen) => seen.path)).toEqual([path, '/moved']);
    expect(storage.requests.map((seen) => seen.path)).toEqual(['/blob?signature=secret']);
  });

  it('do not put the signature of where they lead into an error', async () => {
    await using server = await WeightsServer.start(
      status(302, { location: '/blob?signature=secret' }),
      status(403),
    );
    await expect(fetched(server.origin)).rejects.toThrow(`${server.origin}/blob: the server answered 403`);
  });

  it('do not put the password of a mirror into an error either', async () => {
    await using server = await WeightsServer.start(status(302));
    const mirror = server.origin.replace('//', '//me:5ecre7@');
    const quiet = expect.not.stringContaining('5ecre7');
    await expect(fetched(mirror)).rejects.toMatchObject({ code: 'bad_redirect', message: quiet });
    const source = () => httpSource({ dispatcher, mirror: 'ftp://me:5ecre7@mirror.example/' });
    expect(source).toThrow(expect.objectContaining({ code: 'bad_mirror', message: quiet }));
  });

  it('in a circle are refused', async () => {
    await using server = await WeightsServer.start(status(302, { location: path }));
    await expect(fetched(server.origin)).rejects.toMatchObject({ code: 'bad_redirect' });
    expect(server.requests).toHaveLength(6);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:,x', 'http://'])(
    'to %s are refused',
    async (location) => {
      await using server = await WeightsServer.start(status(301, { location }));
      await expect(fetched(server.origin)).rejects.toMatchObject({
        name: 'UsageError',
        code: 'bad_redirect',
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('without an address are refused', async () => {
    await using server = await WeightsServer.start(status(302));
    await expect(fetched(server.origin)).rejects.toThrow('leads to no address (302)');
  });

  it('from https to http are refused before anything is sent', async () => {
    const asked: string[] = [];
    const send = async (url: URL) => {
      asked.push(url.href);
      const body = { dump: async () => {} };
      return {
        statusCode: 302,
        headers: { location: 'http://plain.example/' },
        body,
      } as unknown as Dispatcher.ResponseData;
    };
    await expect(resolveRedirect(new URL(weights.address), false, send)).rejects.toThrow('leads to http:');
    expect(asked).toEqual([weights.address]);
  });
});

describe('a proxy', () => {
  /** Forwards what is http and refuses tunnels, but notes both. */
  async function startProxy() {
    const asked: string[] = [];
    const server = createServer((incoming, outgoing) => {
      asked.push(`${incoming.method} ${incoming.url}`);
      request(incoming.url ?? '', (answer: IncomingMessage) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }).end();
    });
    server.on('connect', (incoming, socket) => {
      asked.push(`${incoming.method} ${incoming.url}`);
      socket.end('HTTP/1.1 502 no tunnel\r\n\r\n');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      asked,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      },
    };
  }

  it('that HTTP_PROXY names is used', async () => {
    await using proxy = await startProxy();
    await using server = await WeightsServer.start(serve(bytes));
    const through = proxyDispatcher({ HTTP_PROXY: proxy.url });
    expect(await fetched(server.origin, through)).toBe('a model');
    expect(proxy.asked).toEqual([`GET ${server.origin}${path}`]);
    await through.destroy();
  });

  it('that https_proxy names is asked for a tunnel to the published address', async () => {
    await using proxy = await startProxy();
    const through = proxyDispatcher({ https_proxy: proxy.url });
    const opening = httpSource({ dispatcher: through }).open(weights, 0, undefined);
    await expect(opening).rejects.toMatchObject({ code: 'download_failed' });
    expect(proxy.asked).toEqual(['CONNECT weights.example:443']);
    await through.destroy();
  });

  it('is not used for hosts of NO_PROXY', async () => {
    await using proxy = await startProxy();
    await using server = await WeightsServer.start(serve(bytes));
    const through = proxyDispatcher({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
    expect(await fetched(server.origin, through)).toBe('a model');
    expect(proxy.asked).toEqual([]);
    await through.destroy();
  });
});
