/**
 * One download of a file at a time, across processes. A folder is the lock, because making one is atomic everywhere;
 * its holder touches it, so that one left by a killed process is seen by its standing still. Clocks are not compared:
 * the folder may be on another machine.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '@labelmill/shared/errors';
import { writeError } from '@labelmill/shared/store/file-errors';
import { fileUriOf } from '@labelmill/shared/store/file-uri';

/**
 * Waits for the lock. Disposing gives it back.
 *
 * @param staleMs a lock that has not been touched for so long belongs to nobody.
 * @throws the signal's reason; as `writeError` does where the folder cannot be made.
 */
export async function lockDownload(
  path: string,
  staleMs: number,
  signal: AbortSignal | undefined,
): Promise<AsyncDisposable> {
  while (!(await made(path))) await untilFree(path, staleMs, signal);
  const touch = () => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // taken away while we were suspended: the checksum still decides
  };
  const timer = setInterval(touch, staleMs / 10);
  timer.unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw writeError(error, fileUriOf(Buffer.from(path)));
  }
}

/** Returns once the lock is gone, or has been taken away from a holder that is gone. */
async function untilFree(path: string, staleMs: number, signal: AbortSignal | undefined): Promise<void> {
  let seen = await touched(path);
  let since = performance.now();
  while (seen !== undefined) {
    await sleep(staleMs / 20, undefined, signal && { signal });
    const now = await touched(path);
    if (now !== seen) {
      seen = now;
      since = performance.now();
    } else if (performance.now() - since > staleMs) {
      await takeAway(path);
      return;
    }
  }
}

async function touched(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Of several who wait, the rename lets one. */
async function takeAway(path: string): Promise<void> {
  const aside = `${path}-${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  await rm(aside, { recursive: true });
}
