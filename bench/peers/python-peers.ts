import { pythonVenv } from '../python-venv.ts';

/**
 * Path of the Python that the peers run in; about 5 GB are installed on first use, most of it PyTorch's.
 * @throws UsageError `python_missing`
 */
export function peersPython(): Promise<string> {
  return pythonVenv(new URL('./', import.meta.url), '--only node-loop needs none');
}
