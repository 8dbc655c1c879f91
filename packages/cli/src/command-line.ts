/** Arguments and signals in, one line and an exit status out. */
import { availableParallelism, cpus } from 'node:os';
import { armCrashPoint } from '@labelmill/shared/crash-point';
import { exitStatus } from '@labelmill/shared/errors';
import { printable } from '@labelmill/shared/printable';
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';
import { readSettings } from './settings.ts';
import { reportError } from './terminal/report-error.ts';

armCrashPoint(process.env.LABELMILL_CRASH_AT);
const stop = new AbortController();
const stopNow = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (!stop.signal.aborted) stop.abort();
    else if (!stopNow.signal.aborted) stopNow.abort();
    else process.exit(exitStatus.interrupted);
  });
}
// A reader that closed (`| head`) wants no more: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

try {
  const program = buildProgram({
    settings: readSettings(process.env, process.getuid?.() ?? 0),
    console: {
      out: (line) => void process.stdout.write(`${printable(line)}\n`),
      note: (line) => void process.stderr.write(`${printable(line)}\n`),
      screen: process.stderr.isTTY ? process.stderr : null,
    },
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    stop: stop.signal,
    stopNow: stopNow.signal,
    exit: (status) => {
      process.exitCode = status;
    },
  });
  await program.parseAsync();
} catch (error) {
  if (stop.signal.aborted) process.exitCode = exitStatus.interrupted;
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitStatus.usage;
  else {
    const { line, status } = reportError(error);
    process.stderr.write(`${printable(line)}\n`);
    if (process.env.LABELMILL_LOG_LEVEL === 'debug' && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    process.exitCode = status;
  }
}
// Everything is awaited by now; a connection that cannot even be closed keeps nobody waiting.
process.exit();
