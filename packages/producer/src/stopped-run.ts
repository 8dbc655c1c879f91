import { LabelmillError } from '@labelmill/shared/errors';
import type { Account } from '@labelmill/shared/ledger/account';
import type { RunInfo } from '@labelmill/shared/ledger/run-info';

/** Why nothing more will happen in a run by itself, or null where it goes on. */
export function stoppedRun(account: Account | null, info: RunInfo): LabelmillError | null {
  const { run, folder } = info;
  if (account === null) return lostRun(info);
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

/** Redis came back without its data. */
export function lostRun({ run, folder }: RunInfo): LabelmillError {
  const message = `Redis has lost run ${run.id}; "labelmill resume ${folder}" goes on from what its folder holds`;
  return new LabelmillError('ledger_lost', message);
}

/** Two producers must not list one run: their listings may differ, and the manifest holds the other's. */
export function supersededRun({ run }: RunInfo): LabelmillError {
  return new LabelmillError('superseded', `another process has resumed run ${run.id} and goes on with it`);
}
