/** What an HTTP status or a failed connection means to a caller of a store. */
import { codeOf, ImageError, LabelmillError, messageOf, OutageError } from '../errors.ts';
import { shown } from './shown-uri.ts';

/** For an answer other than 200. */
export function httpsStatusError(status: number, uri: string): LabelmillError {
  const what = `${shown(uri)}: HTTP ${status}`;
  if (status === 404 || status === 410) return new ImageError('not_found', what);
  if (status === 429) return new OutageError('https_throttled', `${what}: too many requests`);
  if (status === 408 || status >= 500) return new OutageError('https_unavailable', what);
  return new ImageError('forbidden', what, { retryable: status === 401 || status === 403 });
}

/** For a request that got no answer, or not all of it. */
export function httpsError(error: unknown, uri: string): LabelmillError {
  if (error instanceof LabelmillError) return error;
  const code = codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT' ? 'https_timeout' : 'https_network';
  const message = `cannot read ${shown(uri)}: ${messageOf(error)}`;
  return new OutageError(code, message, { cause: error });
}

/** The time limit is over. */
export function httpsTimeout(uri: string, why: string): OutageError {
  return new OutageError('https_timeout', `cannot read ${shown(uri)}: ${why}`);
}
