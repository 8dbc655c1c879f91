/** A Python that brings its own pinned packages: a virtual environment beside the bench that needs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@labelmill/shared/errors';

/**
 * Path of the Python; the packages of `folder`/requirements.txt are installed on first use.
 * @param otherwise what to do without Python, for the message
 * @throws UsageError `python_missing`
 */
export async function pythonVenv(folder: URL, otherwise: string): Promise<string> {
  const path = (name: string) => fileURLToPath(new URL(name, folder));
  const requirements = path('./requirements.txt');
  const installed = path('./.venv/requirements.txt');
  const python = path('./.venv/bin/python');
  const [wanted, there] = await Promise.all([
    readFile(requirements, 'utf8'),
    readFile(installed, 'utf8').catch(() => null),
  ]);
  if (wanted !== there) {
    process.stderr.write('installing the Python peers, once\n');
    await command('python3', ['-m', 'venv', path('./.venv')], otherwise);
    await command(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], otherwise);
    await copyFile(requirements, installed);
  }
  return python;
}

async function command(file: string, args: string[], otherwise: string): Promise<void> {
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = await once(child, 'exit').catch((): [null] => [null]);
  if (status !== 0) {
    throw new UsageError(
      'python_missing',
      `"${[file, ...args].join(' ')}" failed; it takes Python 3.11 with venv and pip; ${otherwise}`,
    );
  }
}
