import { LabelmillError } from '@labelmill/shared/errors';
import type { Account, RunInfo } from '@labelmill/shared/ledger/ledger';

/** Why nothing more will happen in a run by itself, or null where it goes on. */
export function stoppedRun(account: Account, { run, folder }: RunInfo): LabelmillError | null {
  if (account.state === 'cancelled') return new LabelmillError('cancelled', `run ${run.id} was cancelled`);
  if (account.state !== 'paused' || account.why !== 'error_rate') return null;
  const codes = Object.entries(account.errors).map(([code, count]) => `${code} ${count}`);
  return new LabelmillError(
    'error_rate',
    `run ${run.id} is paused: ${account.error} of ${account.ok + account.error} images failed (${codes.join(', ')}), ` +
      `more than --max-error-rate ${account.maxErrorRate} allows; ` +
      `"labelmill resume ${folder} --max-error-rate 1" goes on`,
  );
}
