/** The supervisor's side of the engine: starts the child process and talks to it. Loads no native code. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { codeOf, LabelmillError, messageOf } from '@labelmill/shared/errors';
import { siblingModule } from '@labelmill/shared/sibling-module';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import { forkDecoder } from '../fork-decoder.ts';
import { cudaUnavailable } from './cuda-unavailable.ts';
import { libuvThreads } from './engine-size.ts';
import type { EngineConfig, EngineReply, EngineRequest, ImageRequest, ImageResult } from './protocol.ts';

export interface EngineExit {
  /** Exit status, or null if a signal ended the engine. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last few kB the engine wrote to stderr. */
  readonly stderr: string;
  /** What the engine said it ends for, if it did. */
  readonly failure: { readonly code: string; readonly message: string } | null;
}

export interface Engine extends AsyncDisposable {
  readonly pid: number;
  /** How long loading and the first full batch took. */
  readonly warmupMs: number;
  /** Hands images over; each id comes back through `onResults` exactly once, unless the engine exits first. */
  label(images: readonly ImageRequest[]): void;
  /** Settles when the process is gone, for whatever reason; never rejects. */
  readonly exited: Promise<EngineExit>;
  /** Waits for the results of every image inside, then ends the engine. Idempotent. */
  close(): Promise<EngineExit>;
  /** Ends the engine at once (SIGKILL); images inside get no results. */
  kill(): void;
}

export interface StartEngineOptions {
  /** Called in arrival order, never again after `exited` has settled. */
  readonly onResults: (results: readonly ImageResult[], stages: Partial<StageTotals>) => void;
  /** Called once when the quickest of `config.trySizes` is found. */
  readonly onBatch?: (batch: number) => void;
  /** Environment of the child; store credentials are read from it. */
  readonly env: NodeJS.ProcessEnv;
  /** Aborting before the engine is ready kills it. */
  readonly signal?: AbortSignal;
}

const stderrTailChars = 8_192;

/**
 * Starts an engine and waits until its session has run once.
 * Throws LabelmillError with the engine's own code when it cannot start, or `engine_exited` when it died while starting.
 */
export async function startEngine(config: EngineConfig, options: StartEngineOptions): Promise<Engine> {
  options.signal?.throwIfAborted();
  const child = forkEngine(config, options.env);
  let failure: EngineExit['failure'] = null;
  const exited = exitOf(child).then((exit) => ({ ...exit, failure }));
  const inside = new Set<number>();
  let emptied: (() => void) | undefined;

  let abort = () => {};
  const ready = new Promise<number>((resolve, reject) => {
    child.on('message', (reply: EngineReply) => {
      if (reply.type === 'ready') resolve(reply.warmupMs);
      else if (reply.type === 'batch') options.onBatch?.(reply.batch);
      else if (reply.type === 'failed') {
        failure = { code: reply.code, message: reply.message };
        reject(new LabelmillError(reply.code, reply.message));
      } else {
        for (const { id } of reply.results) inside.delete(id);
        options.onResults(reply.results, reply.stages);
        if (inside.size === 0) emptied?.();
      }
    });
    exited.then((exit) => reject(new LabelmillError('engine_exited', describeExit(exit))), reject);
    abort = () => reject(options.signal?.reason);
  });

  const send = (request: EngineRequest) => {
    // A channel that closed under us is the exit that `exited` reports; it needs no second report here.
    if (child.connected) child.send(request, () => {});
  };
  send({ type: 'start', config });
  let warmupMs: number;
  options.signal?.addEventListener('abort', abort);
  try {
    warmupMs = await ready;
  } catch (error) {
    child.kill('SIGKILL');
    const { stderr } = await exited;
    throw codeOf(error) === 'cuda_unavailable' ? cudaUnavailable(messageOf(error), stderr) : error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }

  const close = async (): Promise<EngineExit> => {
    if (inside.size > 0) {
      await Promise.race([
        exited,
        new Promise<void>((resolve) => {
          emptied = resolve;
        }),
      ]);
    }
    // The engine ends by itself when its channel closes.
    if (child.connected) child.disconnect();
    return exited;
  };

  return {
    pid: child.pid!,
    warmupMs,
    exited,
    label(images) {
      for (const { id } of images) inside.add(id);
      send({ type: 'label', images });
    },
    close,
    kill: () => void child.kill('SIGKILL'),
    [Symbol.asyncDispose]: async () => void (await close()),
  };
}

function forkEngine(config: EngineConfig, env: NodeJS.ProcessEnv): ChildProcess {
  const main = siblingModule(import.meta.url, config.views === undefined ? './main' : '../evaluate/main');
  // libuv reads its pool's size once, before any of our code runs.
  return forkDecoder(main, { ...env, UV_THREADPOOL_SIZE: String(libuvThreads(config)) }, 'pipe');
}

/** Waits for `exit` and the end of stderr: `close` does not come once this side has closed the IPC channel. */
async function exitOf(child: ChildProcess): Promise<Omit<EngineExit, 'failure'>> {
  let stderr = '';
  const ended = once(
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-stderrTailChars);
    }),
    'close',
  );
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await ended;
    return { code, signal, stderr };
  } catch (error) {
    // The process could not even be started.
    return { code: null, signal: null, stderr: messageOf(error) };
  }
}

function describeExit({ code, signal, stderr }: Omit<EngineExit, 'failure'>): string {
  const how = signal === null ? `with status ${code}` : `by ${signal}`;
  const lastLine = stderr.trim().split('\n').at(-1) ?? '';
  return lastLine === '' ? `the engine ended ${how}` : `the engine ended ${how}: ${lastLine}`;
}
