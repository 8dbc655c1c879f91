/** On bull-board's page: adds this tab's token to its requests to this server. */
const authorization = () => `Bearer ${sessionStorage.getItem('labelmill-token') ?? ''}`;

const { fetch: plainFetch, XMLHttpRequest: PlainRequest } = window;
window.fetch = (input, init = {}) => {
  const { headers: given, url } = new Request(input, init);
  if (new URL(url).origin !== location.origin) return plainFetch(input, init);
  const headers = new Headers(given);
  headers.set('authorization', authorization());
  return plainFetch(input, { ...init, headers });
};

const plainOpen = PlainRequest.prototype.open;
/** @this {XMLHttpRequest} @param {any[]} args */
PlainRequest.prototype.open = function (...args) {
  Reflect.apply(plainOpen, this, args);
  if (new URL(String(args[1]), location.href).origin === location.origin)
    this.setRequestHeader('authorization', authorization());
};
