import type { Settings } from '../settings.ts';
import type { Console } from '../terminal/console.ts';

/** What main.ts hands to every command. */
export interface CommandContext {
  readonly settings: Settings;
  readonly console: Console;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly cores: number;
  /** The processor's name. */
  readonly cpu: string;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
  /** Aborted by the second. */
  readonly stopNow: AbortSignal;
  readonly exit: (status: number) => void;
}
