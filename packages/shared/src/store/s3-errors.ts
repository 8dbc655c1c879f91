/** What S3's error codes mean to a caller of a store. Messages say what, where and what to do, and never hold a secret. */
import { codeOf, ImageError, LabelmillError, messageOf, OutageError, UsageError } from '../errors.ts';
import { s3LocationOf } from './s3-location.ts';
import { shown } from './shown-uri.ts';

export type S3Operation = 'read' | 'list' | 'write';

export interface S3Attempt {
  readonly operation: S3Operation;
  readonly uri: string;
  /** Of the service, for people: `S3 at http://…`. */
  readonly service: string;
}

interface Failure extends S3Attempt {
  readonly code: string;
  readonly status: number;
  readonly error: unknown;
}

/** S3's code of an error (`NoSuchKey`, `SlowDown`…), or Node's (`ECONNREFUSED`). */
export function s3CodeOf(error: unknown): string {
  const name = (error as { name?: unknown } | null)?.name;
  return codeOf(error) ?? (typeof name === 'string' ? name : 'unknown');
}

/** HTTP status of the answer; 0 where none came. */
export function s3StatusOf(error: unknown): number {
  const metadata = (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata;
  return metadata?.httpStatusCode ?? 0;
}

export function s3Error(error: unknown, attempt: S3Attempt): LabelmillError {
  if (error instanceof LabelmillError) return error;
  const failure = { ...attempt, code: s3CodeOf(error), status: s3StatusOf(error), error };
  const known = meanings[failure.code];
  if (known) return known(failure);
  if (failure.status === 301) return wrongRegion(failure);
  if (failure.status === 429) return throttled(failure);
  if (failure.status >= 500) return unavailable(failure);
  if (failure.status >= 400) return refused(failure, messageOf(error));
  return outage(failure, 's3_network', `${failure.service} cannot be reached: ${messageOf(error)}`);
}

/** The time limit of the whole request is over. */
export function s3Timeout(attempt: S3Attempt, why: string): OutageError {
  const failure = { ...attempt, code: 'TimeoutError', status: 0, error: undefined };
  return outage(failure, 's3_timeout', `${attempt.service}: ${why}`);
}

type Meaning = (failure: Failure) => LabelmillError;

const notFound: Meaning = (failure) => new ImageError('not_found', `${shown(failure.uri)}: no such object`);

const noSuchBucket: Meaning = (failure) => {
  const message = `there is no bucket ${s3LocationOf(failure.uri).bucket} at ${failure.service}`;
  if (failure.operation === 'read') return new ImageError('not_found', `${shown(failure.uri)}: ${message}`);
  return new UsageError('no_such_bucket', `${verb(failure)}: ${message}`);
};

const accessDenied: Meaning = (failure) =>
  refused(failure, 'access denied (or it is not there, and this identity may not list the bucket)');

const badKey: Meaning = (failure) => {
  const why = `${failure.service} says that such a name cannot be (${failure.code})`;
  if (failure.operation === 'read') return new ImageError('uri_refused', `${shown(failure.uri)}: ${why}`);
  return refused(failure, why);
};

const wrongCredentials: Meaning = (failure) =>
  outage(
    failure,
    's3_credentials',
    `${failure.service} rejects the credentials (${failure.code}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`,
    { retryable: false },
  );

const expiredCredentials: Meaning = (failure) =>
  outage(failure, 's3_credentials', `the S3 credentials have expired (${failure.code}): renew them`);

const noCredentials: Meaning = (failure) =>
  outage(
    failure,
    's3_credentials',
    'no S3 credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role',
    { retryable: false },
  );

const clockSkew: Meaning = (failure) =>
  outage(failure, 's3_clock_skew', `this machine's clock differs too much from ${failure.service}: set it`);

const throttled: Meaning = (failure) =>
  outage(failure, 's3_throttled', `${failure.service} asks for fewer requests (${failure.code})`);

const unavailable: Meaning = (failure) =>
  outage(failure, 's3_unavailable', `${failure.service} fails (HTTP ${failure.status}, ${failure.code})`);

const slow: Meaning = (failure) =>
  outage(failure, 's3_timeout', `${failure.service} does not answer in time: ${messageOf(failure.error)}`);

const wrongRegion: Meaning = (failure) =>
  outage(failure, 's3_region', `the bucket lies in another region (${failure.code}): set AWS_REGION to it`, {
    retryable: false,
  });

const notImplemented: Meaning = (failure) =>
  refused(failure, `${failure.service} does not know this request (${failure.code})`);

const meanings: Readonly<Record<string, Meaning | undefined>> = {
  NoSuchKey: notFound,
  NotFound: notFound,
  /** Of a part: the object ends before it begins. */
  InvalidRange: notFound,
  NoSuchBucket: noSuchBucket,
  AccessDenied: accessDenied,
  KeyTooLongError: badKey,
  InvalidURI: badKey,
  InvalidBucketName: badKey,
  InvalidObjectName: badKey,
  InvalidAccessKeyId: wrongCredentials,
  SignatureDoesNotMatch: wrongCredentials,
  ExpiredToken: expiredCredentials,
  InvalidToken: expiredCredentials,
  TokenRefreshRequired: expiredCredentials,
  CredentialsProviderError: noCredentials,
  RequestTimeTooSkewed: clockSkew,
  RequestExpired: clockSkew,
  SlowDown: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  TooManyRequests: throttled,
  RequestTimeout: slow,
  TimeoutError: slow,
  ETIMEDOUT: slow,
  UND_ERR_CONNECT_TIMEOUT: slow,
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
  NotImplemented: notImplemented,
};

/** The answer is no, for this object and this identity. */
function refused(failure: Failure, why: string): LabelmillError {
  switch (failure.operation) {
    case 'read':
      return new ImageError('forbidden', `${shown(failure.uri)}: ${why}`, { retryable: true });
    case 'list':
      return new UsageError('source_unreadable', `${verb(failure)}: ${why}`);
    case 'write':
      return new UsageError('output_unwritable', `${verb(failure)}: ${why}`);
  }
}

function outage(
  failure: Failure,
  code: string,
  why: string,
  options: { retryable?: boolean } = {},
): OutageError {
  return new OutageError(code, `${verb(failure)}: ${why}`, { ...options, cause: traceOf(failure) });
}

function verb({ operation, uri }: Failure): string {
  return `cannot ${operation} ${shown(uri)}`;
}

/** For the log. Not the SDK's error itself, which carries the signed request's parts. */
function traceOf({ error, code, status }: Failure): unknown {
  if (status === 0) return error;
  const requestId = (error as { $metadata?: { requestId?: string } }).$metadata?.requestId;
  return new Error(`${code}, HTTP ${status}, request ${requestId ?? 'unknown'}`);
}
