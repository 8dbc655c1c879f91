import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** JSON lines: object first, constant message. `name` is the process's role. */
export function createLogger(
  options: { name: string; level: string },
  destination?: DestinationStream,
): Logger {
  const settings = {
    name: options.name,
    level: options.level,
    // Second line of defence: nothing logs these on purpose.
    redact: ['*.password', '*.secretAccessKey', '*.sessionToken', 'password', 'secretAccessKey'],
  };
  return destination === undefined ? pino(settings) : pino(settings, destination);
}
