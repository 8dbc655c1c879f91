/** What someone without the token can do, and what someone with bad intentions can. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelmill } from '../parts/labelmill.ts';
import { Serving, testToken } from '../parts/serve.ts';
import { type TemporaryFolder, temporaryFolder } from '../parts/temp-folder.ts';

let folder: TemporaryFolder;
let serving: Serving;
let run: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await labelmill(['demo', '--out', folder.path]);
  serving = await Serving.start(folder.path);
  run = (await serving.get('/api/runs')).runs[0].id;
});
afterAll(async () => {
  await serving[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe('without the token', () => {
  it('every operation that the API has is refused, and nothing of a run is said', async () => {
    const { paths } = await serving.get('/api/openapi.json');
    const operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
    );
    expect(operations.length).toBeGreaterThan(3);
    for (const { path, method } of [...operations, { path: '/api/openapi.json', method: 'GET' }]) {
      const url = serving.origin + path.replace('{run}', run).replaceAll(/\{\w+\}/g, '0');
      for (const authorization of [undefined, 'Bearer ', 'Bearer wrong', `Basic ${testToken}`, testToken]) {
        const response = await fetch(url, { method, headers: authorization ? { authorization } : {} });
        expect([401, 429], `${method} ${path}`).toContain(response.status);
        expect(await response.text()).not.toContain('photos');
      }
    }
  });

  it('it is not looked for in the address or in a cookie', async () => {
    for (const init of [{ headers: { cookie: `token=${testToken}` } }, {}]) {
      const { status } = await fetch(
        `${serving.origin}/api/runs?token=${testToken}&access_token=${testToken}`,
        init,
      );
      expect([401, 429]).toContain(status);
    }
  });

  it('guessing is slowed down, and the right token still passes', async () => {
    const guess = () => fetch(`${serving.origin}/api/runs`, { headers: { authorization: 'Bearer guess' } });
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await guess()).status));
    expect(statuses).toContain(429);
    expect((await serving.fetch('/api/runs')).status).toBe(200);
  });
});

describe('a path that climbs', () => {
  for (const path of [
    '/page/../package.json',
    '/page/..%2fpackage.json',
    '/page/%2e%2e/%2e%2e/package.json',
    '/page/....//package.json',
    '/page/..%5c..%5cpackage.json',
    '/page//etc/passwd',
    '/page/%00/etc/passwd',
    '/api/runs/..%2f..%2fetc',
    '/api/runs/%2e%2e',
  ]) {
    it(`leads nowhere: ${path}`, async () => {
      const { status, body } = await asIs(path);
      expect([400, 403, 404]).toContain(status);
      expect(body).not.toMatch(/"workspace|root:/);
    });
  }
});

describe('every answer', () => {
  it('allows no script but the page’s own, no frame and no other origin', async () => {
    for (const path of ['/', '/page/main.js', '/api/runs', '/nowhere']) {
      const { headers } = await serving.fetch(path, { headers: { origin: 'https://elsewhere.example' } });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
      expect(headers.get('set-cookie')).toBeNull();
    }
  });

  it('is counted against 12,000 a minute of its address', async () => {
    const left = async (path: string) => {
      const { headers } = await serving.fetch(path);
      expect(headers.get('x-ratelimit-limit'), path).toBe('12000');
      return Number(headers.get('x-ratelimit-remaining'));
    };
    for (const path of ['/', '/page/main.js', '/api/runs', `/api/runs/${run}`]) {
      const before = await left(path);
      // The window may have begun anew in between.
      expect([before - 1, 11_999], path).toContain(await left(path));
    }
  });

  it('that is no success is a problem with a code', async () => {
    const response = await serving.fetch('/api/runs/20260101-000000000-aaaaa');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'unknown_run', type: 'about:blank' });
  });
});

/** fetch would tidy the path up. */
function asIs(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${testToken}` };
    const { hostname, port } = new URL(serving.origin);
    request({ hostname, port, path, headers }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    })
      .on('error', reject)
      .end();
  });
}
