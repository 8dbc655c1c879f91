import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

type ProxyVariable = 'http_proxy' | 'HTTP_PROXY' | 'https_proxy' | 'HTTPS_PROXY' | 'no_proxy' | 'NO_PROXY';

/**
 * Connections through the proxies that the environment names, as curl understands the variables. Close it when done.
 *
 * @throws TypeError where a variable is no URL.
 */
export function proxyDispatcher(
  environment: { readonly [name in ProxyVariable]?: string | undefined },
): Dispatcher {
  // Empty instead of undefined: for what is undefined, the agent looks into process.env by itself.
  return new EnvHttpProxyAgent({
    httpProxy: environment.http_proxy ?? environment.HTTP_PROXY ?? '',
    httpsProxy: environment.https_proxy ?? environment.HTTPS_PROXY ?? '',
    noProxy: environment.no_proxy ?? environment.NO_PROXY ?? '',
  });
}
