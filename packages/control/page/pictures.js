/** Pictures by fetch, because an `img` could not send the token; the latest stay in memory as object URLs. */
import { picture } from './api.js';

const mostKept = 400;
const mostAtOnce = 8;

/** @typedef {{ path: string, signal: AbortSignal, resolve: (url: string) => void, reject: (error: unknown) => void }} Waiting */

/** @type {Map<string, string>} */
const kept = new Map();
/** @type {Waiting[]} */
const waiting = [];
let inside = 0;

/**
 * @param {string} path below /api
 * @param {AbortSignal} signal of whoever wants to show it
 * @returns {Promise<string>} an object URL
 */
export function pictureUrl(path, signal) {
  const known = kept.get(path);
  if (known !== undefined) {
    kept.delete(path);
    kept.set(path, known);
    return Promise.resolve(known);
  }
  return new Promise((resolve, reject) => {
    waiting.push({ path, signal, resolve, reject });
    next();
  });
}

/** The newest first: what has been scrolled past can wait. */
function next() {
  while (inside < mostAtOnce) {
    const order = waiting.pop();
    if (order === undefined) return;
    if (order.signal.aborted) {
      order.reject(order.signal.reason);
      continue;
    }
    inside++;
    picture(order.path, order.signal)
      .then((blob) => order.resolve(keep(order.path, URL.createObjectURL(blob))))
      .catch(order.reject)
      .finally(() => {
        inside--;
        next();
      });
  }
}

/**
 * @param {string} path
 * @param {string} url
 */
function keep(path, url) {
  kept.set(path, url);
  for (const [oldest, oldUrl] of kept) {
    if (kept.size <= mostKept) break;
    kept.delete(oldest);
    URL.revokeObjectURL(oldUrl);
  }
  return url;
}
