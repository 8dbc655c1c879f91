/**
 * Preloaded into every process of a command (NODE_OPTIONS), harms only what decodes (the threads of an engine, the
 * process of thumbnails): an image file that ends with `poison:<harm>` does there what native code can do.
 */
import { isMainThread } from 'node:worker_threads';

const harms: Record<string, () => void> = {
  abort: () => process.kill(process.pid, 'SIGABRT'),
  loop: () => {
    for (;;);
  },
  /** As the kernel does that runs out of memory: the engine's parent goes too. */
  machine: () => {
    process.kill(process.ppid, 'SIGKILL');
    process.kill(process.pid, 'SIGKILL');
  },
  memory: () => {
    const held: Buffer[] = [];
    // Written to, because memory that is only asked for does not count as resident.
    for (;;) held.push(Buffer.alloc(32 * 2 ** 20, 1));
  },
};

if (!isMainThread || /thumbnails\/main\.ts$/.test(process.argv[1] ?? '')) {
  const { default: sharp } = await import('sharp');
  const decoder = sharp.prototype as { toBuffer: (...args: unknown[]) => unknown };
  const { toBuffer } = decoder;
  decoder.toBuffer = function (this: { options: { input: { buffer?: Buffer } } }, ...args) {
    const bytes = this.options.input.buffer;
    const poison = bytes === undefined ? null : /poison:(\w+)$/.exec(tail(bytes));
    if (poison !== null) harms[poison[1] ?? '']?.();
    return toBuffer.apply(this, args);
  };
}

function tail(bytes: Buffer): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1', bytes.length - 32);
}
