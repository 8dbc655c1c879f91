import { type DestinationStream, type Logger, pino } from 'pino';
import { codeOf, messageOf } from './errors.ts';
import { printable } from './printable.ts';

export type { Logger } from 'pino';

/** JSON lines: object first, constant message. `name` is the process's role. */
export function createLogger(
  options: { name: string; level: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    name: options.name,
    level: options.level,
    serializers: { err: loggedError },
    // What JSON lets through of what a terminal would obey; the line's own end stays.
    hooks: { streamWrite: (line: string) => `${printable(line.slice(0, -1))}\n` },
    // Second line of defence: nothing logs these on purpose.
    redact: ['*.password', '*.secretAccessKey', '*.sessionToken', 'password', 'secretAccessKey'],
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}

/**
 * Of an error only this. pino would add whatever else hangs on it: on those of Redis' client the command with its
 * arguments (AUTH has the password), on those of AWS' the signed request.
 */
function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return messageOf(error);
  const { name, message, stack, cause } = error;
  const why = cause === undefined ? {} : { cause: messageOf(cause) };
  return { type: name, code: codeOf(error), message, ...why, stack };
}
