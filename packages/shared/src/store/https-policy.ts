/** From where `https://` may be read. */
import { ImageError } from '../errors.ts';
import { isPublicAddress } from './public-address.ts';
import { shown } from './shown-uri.ts';

export interface HttpsPolicy {
  /** `host`, or `host:port` for a port other than 443; null allows every one. */
  readonly hosts: ReadonlySet<string> | null;
  /** Asked for each address that a host's name leads to, at the time of the connection. */
  readonly allowAddress: (address: string) => boolean;
  /** Certificate authority to trust instead of the usual ones (PEM). */
  readonly ca?: string;
}

/** For URIs that anyone may have written: named hosts, and only while their names lead to public addresses. */
export function confinedHttps(hosts: readonly string[]): HttpsPolicy {
  return { hosts: new Set(hosts.map((host) => host.toLowerCase())), allowAddress: isPublicAddress };
}

/** For what the operator names. */
export const unconfinedHttps: HttpsPolicy = { hosts: null, allowAddress: () => true };

/** The URL of an allowed URI. Throws `ImageError` `uri_refused`. */
export function allowedUrl(uri: string, policy: HttpsPolicy): URL {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (url?.protocol !== 'https:') throw refused(uri, 'not a https:// URL');
  if (url.username || url.password) throw refused('https://…', 'a URL must not hold a user name or password');
  if (policy.hosts && !policy.hosts.has(url.host)) {
    throw refused(uri, `${url.host} is not one of the hosts that may be read`);
  }
  return url;
}

function refused(uri: string, why: string): ImageError {
  return new ImageError('uri_refused', `${shown(uri)}: ${why}`);
}
