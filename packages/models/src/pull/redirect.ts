/** Follows redirects by hand, because each one may lead somewhere that must not be asked. */
import { UsageError } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { Dispatcher } from 'undici';

const maxRedirects = 5;
const redirecting = new Set([301, 302, 303, 307, 308]);

/**
 * The first response that is no redirect, and where it came from.
 *
 * @param plainHttp whether http: is allowed beside https:; no other scheme ever is.
 * @throws UsageError `bad_redirect` after five, to another scheme, or to no address; whatever `send` throws.
 */
export async function resolveRedirect(
  start: URL,
  plainHttp: boolean,
  send: (url: URL) => Promise<Dispatcher.ResponseData>,
): Promise<{ url: URL; response: Dispatcher.ResponseData }> {
  let url = start;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    if (url.protocol !== 'https:' && !(plainHttp && url.protocol === 'http:')) {
      throw new UsageError(
        'bad_redirect',
        `${shown(start.href)} leads to ${url.protocol}, which is not followed`,
      );
    }
    const response = await send(url);
    if (!redirecting.has(response.statusCode)) return { url, response };
    await response.body.dump().catch(() => {});
    const target = String(response.headers.location);
    if (response.headers.location === undefined || !URL.canParse(target, url.href)) {
      throw new UsageError(
        'bad_redirect',
        `${shown(start.href)} leads to no address (${response.statusCode})`,
      );
    }
    url = new URL(target, url);
  }
  throw new UsageError(
    'bad_redirect',
    `${shown(start.href)} leads through more than ${maxRedirects} redirects`,
  );
}
