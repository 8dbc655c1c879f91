/** The Python that the peers run in: a virtual environment beside this file, with pinned packages. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@labelmill/shared/errors';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const requirements = path('./requirements.txt');
const installed = path('./.venv/requirements.txt');

/**
 * Path of the Python; the packages are installed on first use (about 5 GB, most of it PyTorch's).
 * @throws UsageError `python_missing`
 */
export async function peersPython(): Promise<string> {
  const python = path('./.venv/bin/python');
  const [wanted, there] = await Promise.all([
    readFile(requirements, 'utf8'),
    readFile(installed, 'utf8').catch(() => null),
  ]);
  if (wanted !== there) {
    process.stderr.write('installing the Python peers, once\n');
    await command('python3', ['-m', 'venv', path('./.venv')]);
    await command(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
    await copyFile(requirements, installed);
  }
  return python;
}

async function command(file: string, args: string[]): Promise<void> {
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = await once(child, 'exit').catch((): [null] => [null]);
  if (status !== 0) {
    throw new UsageError(
      'python_missing',
      `"${[file, ...args].join(' ')}" failed; the peers need Python 3.11 with venv and pip, --only node-loop needs none`,
    );
  }
}
