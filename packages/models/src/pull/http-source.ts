/** Published weights over HTTP, from their own address or a mirror. */
import { messageOf, OutageError, UsageError } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';
import { type Dispatcher, request } from 'undici';
import { resolveRedirect } from './redirect.ts';
import type { WeightsBody, WeightsSource } from './weights-source.ts';

const headersTimeoutMs = 30_000;
/** Between two pieces of the body, so that a connection that hangs is given up and resumed. */
const bodyTimeoutMs = 60_000;

export interface HttpSourceOptions {
  /** Makes the connections; see proxy-dispatcher.ts. */
  readonly dispatcher: Dispatcher;
  /**
   * A base URL that stands in for the address's origin: `https://mirror/models` serves
   * `https://mirror/models/<path of the address>`. Only a mirror may be plain http: the checksum guards the bytes.
   */
  readonly mirror?: string;
}

/** @throws UsageError `bad_mirror` if `mirror` is no http(s) URL. */
export function httpSource({ dispatcher, mirror }: HttpSourceOptions): WeightsSource {
  const base = mirror === undefined ? undefined : mirrorBase(mirror);
  const plainHttp = base?.protocol === 'http:';
  return {
    async open(weights, offset, signal) {
      const address = new URL(weights.address);
      const start = base === undefined ? address : mirrored(base, address);
      const send = (url: URL) => get(url, offset, dispatcher, signal);
      const { url, response } = await resolveRedirect(start, plainHttp, send);
      if (response.statusCode === 416 && offset > 0) {
        await response.body.dump().catch(() => {});
        return this.open(weights, 0, signal); // there is less than our part: that was another file's
      }
      return bodyOf(url, response, offset, signal);
    },
  };
}

function mirrorBase(mirror: string): URL {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new UsageError('bad_mirror', `${shown(mirror)} is no http(s) address of a mirror`);
}

function mirrored(base: URL, address: URL): URL {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/$/, '') + address.pathname;
  return url;
}

async function get(
  url: URL,
  offset: number,
  dispatcher: Dispatcher,
  signal: AbortSignal | undefined,
): Promise<Dispatcher.ResponseData> {
  try {
    return await request(url, {
      dispatcher,
      headers: { 'accept-encoding': 'identity', ...(offset > 0 && { range: `bytes=${offset}-` }) },
      headersTimeout: headersTimeoutMs,
      bodyTimeout: bodyTimeoutMs,
      ...(signal && { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw failure(url, messageOf(cause), cause);
  }
}

async function bodyOf(
  url: URL,
  response: Dispatcher.ResponseData,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<WeightsBody> {
  const { statusCode, headers, body } = response;
  if (statusCode === 200) {
    const length = Number(headers['content-length'] ?? Number.NaN);
    return {
      offset: 0,
      total: Number.isSafeInteger(length) ? length : null,
      blocks: blocksOf(url, body, signal),
    };
  }
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(String(headers['content-range'])) ?? [];
  if (statusCode === 206 && Number(first) === offset) {
    return { offset, total: Number(total), blocks: blocksOf(url, body, signal) };
  }
  await body.dump().catch(() => {});
  throw refusal(url, statusCode);
}

async function* blocksOf(
  url: URL,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    signal?.throwIfAborted();
    throw failure(url, messageOf(cause), cause);
  }
}

function refusal(url: URL, status: number): Error {
  if (status === 404 || status === 410) {
    return new UsageError('not_there', `${placeOf(url)} is not there (${status})`);
  }
  const mayPass = status >= 500 || status === 206 || status === 408 || status === 429;
  if (mayPass) return failure(url, `the server answered ${status}`);
  return new UsageError('download_refused', `${placeOf(url)}: the server answered ${status}`);
}

function failure(url: URL, reason: string, cause?: unknown): OutageError {
  return new OutageError('download_failed', `cannot fetch ${placeOf(url)}: ${reason}`, { cause });
}

/** Without the query, which in redirects to storage holds a signature. */
function placeOf({ origin, pathname }: URL): string {
  return origin + pathname;
}
