/** GET and HEAD over https, redirects followed as far as the policy allows. */
import type { Agent, Dispatcher } from 'undici';
import { ImageError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import { versionOfETag } from './etag.ts';
import { httpsStatusError } from './https-errors.ts';
import { allowedUrl, type HttpsPolicy } from './https-policy.ts';
import { hasPlaceForSecret } from './secret-in-uri.ts';
import { shown } from './shown-uri.ts';

export interface HttpsAnswer {
  readonly body: Dispatcher.ResponseData['body'];
  /** As announced; undefined where it was not. */
  readonly length: number | undefined;
  readonly version: string | null;
}

const longestChain = 3;

/** The answer 200, its body still to be read or destroyed. */
export async function httpsGet(
  agent: Agent,
  policy: HttpsPolicy,
  uri: string,
  method: 'GET' | 'HEAD',
  deadline: Deadline,
): Promise<HttpsAnswer> {
  // A redirect may lead to a signed URL: nobody keeps that.
  if (policy.hosts !== null && hasPlaceForSecret(uri)) {
    const why = 'a password or signature in a URL is not kept and cannot be used';
    throw new ImageError('uri_refused', `${shown(uri)}: ${why}; read from s3:// with credentials`);
  }
  let url = allowedUrl(uri, policy);
  for (let redirects = 0; ; redirects++) {
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'labelmill' },
      signal: deadline.signal,
      headersTimeout: 0, // the deadline counts
      bodyTimeout: 0,
    });
    const { statusCode, headers, body } = answer;
    if (statusCode === 200) {
      return { body, length: lengthOf(headers['content-length']), version: versionOfETag(one(headers.etag)) };
    }
    await body.dump({ limit: 65_536, signal: deadline.signal });
    const location = one(headers.location);
    if (statusCode < 300 || statusCode > 399 || location === undefined)
      throw httpsStatusError(statusCode, uri);
    if (redirects === longestChain) {
      throw new ImageError('uri_refused', `${shown(uri)}: more than ${longestChain} redirects`);
    }
    url = allowedUrl(URL.parse(location, url.href)?.href ?? location, policy);
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function lengthOf(header: string | string[] | undefined): number | undefined {
  const length = one(header);
  return length === undefined ? undefined : Number(length);
}
