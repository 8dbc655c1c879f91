/** How a process that decodes strangers' images is started, by whoever holds one. */
import { type ChildProcess, fork } from 'node:child_process';

/**
 * Runs the module `main` in a process of its own, with an IPC channel for structured clones.
 * @param env of the child; store credentials are read from it
 * @param stderr `pipe` where the parent reads what native code prints
 */
export function forkDecoder(main: URL, env: NodeJS.ProcessEnv, stderr: 'pipe' | 'ignore'): ChildProcess {
  return fork(main, [], {
    // A process group of its own, so that Ctrl-C in a terminal reaches the parent alone.
    detached: true,
    execArgv: main.pathname.endsWith('.ts') ? ['--conditions=source'] : [],
    // Neither the queue's password nor a page's token are for the process that decodes strangers' images.
    env: { ...env, REDIS_URL: undefined, LABELMILL_TOKEN: undefined },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  });
}
