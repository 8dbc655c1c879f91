import { proxyDispatcher } from '@labelmill/models/pull/proxy-dispatcher';
import { pullLines } from '@labelmill/models/pull/pull-lines';
import { pullModel } from '@labelmill/models/pull/pull-model';
import { sourceFrom } from '@labelmill/models/pull/source-from';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { Progress } from '../terminal/progress.ts';
import type { CommandContext } from './context.ts';

/** `labelmill model pull NAME`: published weights, as they were downloaded, from their address, a mirror, a bucket or a folder. */
export async function pull(
  name: string,
  options: { from?: string; json?: boolean },
  context: CommandContext,
): Promise<void> {
  const { settings, console, env, cwd, stop } = context;
  await using stores = openOperatorStores(settings.stores);
  const dispatcher = proxyDispatcher(env);
  let state = { done: 0, total: 0 };
  using progress = new Progress(console, () => ({ ...state, errors: 0, totalIsFinal: true, unit: 'bytes' }));
  try {
    // Native code: loaded only by the commands that run graphs in this process.
    const { openGraph } = await import('@labelmill/models/adopt/onnxruntime-graph');
    const result = await pullModel({
      name,
      folder: settings.userModels,
      source: sourceFrom(options.from, { dispatcher, storeFor: (uri) => stores.for(uri), cwd }),
      openGraph,
      onProgress: ({ done, total }) => {
        state = { done, total: total ?? 0 };
      },
      signal: stop,
    });
    progress[Symbol.dispose]();
    const { status, bundle } = result;
    if (options.json)
      console.out(
        JSON.stringify({ status, name: bundle.name, digest: bundle.digest, folder: bundle.folder }),
      );
    else for (const line of pullLines(result)) console.out(line);
  } finally {
    await dispatcher.close();
  }
}
