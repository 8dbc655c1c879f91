/** No package that is shipped has a fault that its registry knows of, where the registry answers such questions. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { repository } from '../parts/labelmill.ts';

interface Advisory {
  readonly module_name: string;
  readonly vulnerable_versions: string;
  readonly url: string;
}

it('no package in the lock file that runs in production has a known fault', async ({ skip }) => {
  const setup = await readFile(join(repository, 'scripts/setup.sh'), 'utf8');
  const pnpm = /^pnpm=(pnpm@\S+)$/m.exec(setup)?.[1] ?? '';
  // Faults and a failure end with the same status: what was printed tells.
  const { stdout, stderr } = await promisify(execFile)('npx', ['--yes', pnpm, 'audit', '--prod', '--json'], {
    cwd: repository,
  }).catch((error: { stdout: string; stderr: string }) => error);
  if (stderr.includes('ERR_PNPM_AUDIT_BAD_RESPONSE'))
    skip(`the registry keeps no account of faults: ${stderr}`);
  const { advisories } = JSON.parse(stdout) as { advisories: Record<string, Advisory> };
  const faults = Object.values(advisories);
  expect(faults.map((each) => `${each.module_name} ${each.vulnerable_versions}: ${each.url}`)).toEqual([]);
}, 120_000);
