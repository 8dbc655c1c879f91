import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Watched {
  readonly child: ChildProcess;
  /** @throws Error when the command fails */
  readonly ended: Promise<Usage>;
}

export interface Usage {
  /** From its start to its end. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most resident memory it ever had. */
  readonly peakBytes: number;
  readonly stdout: string;
}

const sampleMs = 20;
const ticksPerSecond = 100;

/** Runs `./labelmill` as a user does, and watches what the process needs through /proc (Linux). */
export function watchLabelmill(args: readonly string[], env: NodeJS.ProcessEnv): Watched {
  const launcher = fileURLToPath(new URL('../labelmill', import.meta.url));
  const began = performance.now();
  // The launcher is replaced by Node: it stays the same process.
  const child = spawn('sh', [launcher, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, cpuSeconds, peakBytes] = ['', '', 0, 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const sample = () => {
    try {
      const [status, stat] = ['status', 'stat'].map((name) =>
        readFileSync(`/proc/${child.pid}/${name}`, 'utf8'),
      );
      peakBytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(status ?? '')?.[1] ?? 0) * 1024 || peakBytes;
      const [user, system] = (stat ?? '')
        .slice((stat ?? '').lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      cpuSeconds = (Number(user) + Number(system)) / ticksPerSecond;
    } catch {
      // It has just ended; the sample before stands.
    }
  };
  const timer = setInterval(sample, sampleMs);
  const ended = once(child, 'close').then(([status, signal]) => {
    clearInterval(timer);
    const seconds = (performance.now() - began) / 1000;
    if (status !== 0) throw new Error(`labelmill ${args[0]} ended (${status ?? signal}):\n${stderr}`);
    return { seconds, cpuSeconds, peakBytes, stdout };
  });
  // Whoever killed it does not wait for it.
  ended.catch(() => {});
  return { child, ended };
}
