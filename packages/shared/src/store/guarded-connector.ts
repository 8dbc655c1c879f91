/**
 * Connects only to addresses that are allowed. The address is checked when the connection is made, with the very
 * answer that is connected to: a name that leads elsewhere the next moment gains nothing.
 */
import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { ImageError } from '../errors.ts';
import type { HttpsPolicy } from './https-policy.ts';

export function guardedConnector(policy: HttpsPolicy, timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    lookup: guardedLookup(policy),
    ...(policy.ca !== undefined && { ca: policy.ca }),
  });
  return (options, callback) => {
    // Names are checked in the lookup; an address is not looked up.
    const literal = options.hostname.replace(/^\[(.*)\]$/, '$1');
    if (isIP(literal) && !policy.allowAddress(literal)) callback(refused(literal), null);
    else connect(options, callback);
  };
}

function guardedLookup(policy: HttpsPolicy): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '');
      const allowed = addresses.filter(({ address }) => policy.allowAddress(address));
      const [first] = allowed;
      if (first === undefined) return callback(refused(hostname), '');
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}

function refused(host: string): ImageError {
  return new ImageError('uri_refused', `${host} leads to a private address`);
}
