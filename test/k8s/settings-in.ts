import { readSettings, type Settings } from '@labelmill/cli/settings';
import { UsageError } from '@labelmill/shared/errors';

/** The settings in an environment; null where it makes no sense, which checks/commands.ts says. */
export function settingsIn(environment: Readonly<Record<string, string>>): Settings | null {
  try {
    return readSettings({ ...environment }, 0);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
