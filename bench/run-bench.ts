import { reportError } from '@labelmill/cli/terminal/report-error';
import { LabelmillError } from '@labelmill/shared/errors';

/** Runs a bench's story; a wrong argument is one line and exit status 2. */
export async function runBench(story: () => Promise<void>): Promise<void> {
  try {
    await story();
  } catch (error) {
    if (!(error instanceof LabelmillError)) throw error;
    const { line, status } = reportError(error);
    process.stderr.write(`${line}\n`);
    process.exitCode = status;
  }
}
