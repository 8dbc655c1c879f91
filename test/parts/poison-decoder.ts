/**
 * Preloaded into every process of a command (NODE_OPTIONS), harms only what decodes (the threads of an engine, the
 * process of pictures): an image file that ends with `poison:<harm>` does there what native code can do. `unlucky`
 * counts in the folder POISON_KILLS.
 */
import { mkdtempSync, open, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const harms: Record<string, () => undefined | Promise<never>> = {
  abort: () => {
    process.kill(process.pid, 'SIGABRT');
    return undefined;
  },
  loop: () => {
    for (;;);
  },
  /** As the kernel does that runs out of memory: the engine's parent goes too. */
  machine: () => {
    process.kill(process.ppid, 'SIGKILL');
    process.kill(process.pid, 'SIGKILL');
    return undefined;
  },
  /** Never comes back, and keeps one of libuv's threads: nobody ever writes to the named pipe POISON_PIPE. */
  thread: () => new Promise<never>(() => open(process.env.POISON_PIPE ?? '', () => {})),
  /** As if something else had killed the engine, twice while this image was in it and never again. */
  unlucky: () => {
    const kills = process.env.POISON_KILLS ?? '';
    if (readdirSync(kills).length >= 2) return undefined;
    mkdtempSync(join(kills, 'kill-'));
    process.kill(process.pid, 'SIGKILL');
    return undefined;
  },
  memory: () => {
    const held: Buffer[] = [];
    // Written to, because memory that is only asked for does not count as resident.
    for (;;) held.push(Buffer.alloc(32 * 2 ** 20, 1));
  },
};

if (!isMainThread || /pictures\/main\.ts$/.test(process.argv[1] ?? '')) {
  const [{ default: sharp }, { TurboJpeg }] = await Promise.all([
    import('sharp'),
    import('@labelmill/worker/engine/turbojpeg'),
  ]);
  const bySharp = sharp.prototype as { toBuffer: (...args: unknown[]) => unknown };
  const { toBuffer } = bySharp;
  bySharp.toBuffer = function (this: { options: { input: { buffer?: Buffer } } }, ...args) {
    return harm(this.options.input.buffer) ?? toBuffer.apply(this, args);
  };
  const { decode } = TurboJpeg.prototype;
  TurboJpeg.prototype.decode = function (...args) {
    return harm(args[0]) ?? decode.apply(this, args);
  };
}

function harm(bytes: Uint8Array | undefined): undefined | Promise<never> {
  if (bytes === undefined) return undefined;
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(-32).toString('latin1');
  const poison = /poison:(\w+)$/.exec(end);
  return poison === null ? undefined : harms[poison[1] ?? '']?.();
}
