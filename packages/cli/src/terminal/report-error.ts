import {
  exitStatus,
  ImageError,
  LabelmillError,
  messageOf,
  OutageError,
  UsageError,
} from '@labelmill/shared/errors';

/** The one line a user gets for an error, and the exit status it means. */
export function reportError(error: unknown): { line: string; status: number } {
  // An ImageError up here is no image's: something that the user named cannot be read.
  if (error instanceof UsageError || error instanceof OutageError || error instanceof ImageError) {
    return { line: `labelmill: ${error.message} [${error.code}]`, status: exitStatus.usage };
  }
  if (error instanceof LabelmillError) {
    return { line: `labelmill: ${error.message} [${error.code}]`, status: exitStatus.incomplete };
  }
  return {
    line: `labelmill: unexpected: ${messageOf(error)} [internal]; LABELMILL_LOG_LEVEL=debug shows where`,
    status: exitStatus.incomplete,
  };
}
