/** Every error labelmill raises on purpose: a stable code, whether a retry can help, and the exit status it means. */

/** Exit statuses of the command line (DESIGN's list; schedulers rely on them). */
export const exitStatus = {
  complete: 0,
  incomplete: 1,
  usage: 2,
  completeWithErrors: 3,
  interrupted: 130,
} as const;

export interface LabelmillErrorOptions {
  /** Can the same call succeed later without anyone changing anything? */
  retryable?: boolean;
  cause?: unknown;
}

export class LabelmillError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: LabelmillErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Wrong use or an unreachable part: the user reads one line (what, where, what to do); exit status 2. */
export class UsageError extends LabelmillError {}

/**
 * Something around the images failed (network, throttling, credentials, disk). It never becomes an error
 * record: the work is retried in place, then handed back.
 */
export class OutageError extends LabelmillError {
  constructor(code: string, message: string, options: LabelmillErrorOptions = {}) {
    super(code, message, { retryable: true, ...options });
  }
}

/** One image cannot be labelled; becomes that image's error record. `code` is one of `imageErrorCodes`. */
export class ImageError extends LabelmillError {
  declare readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options: LabelmillErrorOptions = {}) {
    super(code, message, options);
  }
}

/** The codes an error record can carry, and what each means. */
export const imageErrorCodes = {
  not_found: 'no object at this URI',
  forbidden: 'the store refuses to let this identity read the object',
  uri_refused: 'the URI is malformed, or outside the schemes, roots and hosts that are allowed',
  empty: 'the object has no bytes',
  too_large: 'more bytes than the limit',
  too_many_pixels: 'more pixels than the limit',
  bad_aspect: 'sides too unequal: resizing would need an enormous intermediate image',
  unsupported_format: 'not one of the allowed image formats',
  undecodable: 'broken image data',
  decode_timeout: 'decoding took longer than the limit',
  fetch_timeout: 'reading this object took longer than the limit, several times over',
  crashed_decoder: 'the image ended the engine process twice',
  chunk_failed: 'the chunk failed for good for a reason that is not in the image',
} as const;
export type ImageErrorCode = keyof typeof imageErrorCodes;

/** One line for people, whatever was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}

/** The `code` an error carries (ours or Node's), if any. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
