/** Talks to the server: every request carries the token in a header, which no other site can do. */

const tokenKey = 'labelmill-token';

export class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} detail
   */
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

/** Takes the token out of the address, where it was handed over, and out of the history. */
export function takeToken() {
  const match = /^#token=([\x21-\x7e]+)$/.exec(location.hash);
  if (match?.[1] === undefined) return;
  setToken(decodeURIComponent(match[1]));
  history.replaceState(null, '', '/#/');
}

/** @param {string} token of this tab alone */
export function setToken(token) {
  sessionStorage.setItem(tokenKey, token);
}

/**
 * @param {string} path below /api
 * @param {RequestInit} [init]
 * @returns {Promise<Response>}
 */
async function request(path, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${sessionStorage.getItem(tokenKey) ?? ''}`);
  const response = await fetch(`/api${path}`, { ...init, headers, credentials: 'omit' });
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Refusal(
    response.status,
    problem.code ?? '',
    problem.detail ?? `the server answered ${response.status}`,
  );
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export async function get(path, signal) {
  return (await request(path, signal ? { signal } : {})).json();
}

/**
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 */
export async function post(path, body) {
  const json =
    body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return (await request(path, { method: 'POST', ...json })).json();
}

/**
 * Server-sent events until the signal aborts; a connection that breaks is opened again. EventSource could not send the
 * token.
 * @param {string} path
 * @param {(event: string, data: any) => void} onEvent
 * @param {(connected: boolean) => void} onState
 * @param {AbortSignal} signal
 */
export async function follow(path, onEvent, onState, signal) {
  for (let waitMs = 500; !signal.aborted; waitMs = Math.min(10_000, 2 * waitMs)) {
    try {
      const { body } = await request(path, { signal });
      onState(true);
      waitMs = 500;
      if (body !== null) await readEvents(body, onEvent);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) throw error;
    }
    onState(false);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(event: string, data: any) => void} onEvent
 */
async function readEvents(body, onEvent) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      const field = (/** @type {string} */ name) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      if (data !== undefined) onEvent(field('event') ?? 'message', JSON.parse(data));
    }
  }
}

/**
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {Promise<Blob>}
 */
export async function picture(path, signal) {
  return (await request(path, { signal })).blob();
}
