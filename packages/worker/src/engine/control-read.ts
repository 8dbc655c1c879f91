/** Tells an object that never comes from a store that fails: by reading again what the same place gave before. */
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { ImageLimits } from './protocol.ts';

export class ControlRead {
  /** The last URI that was read, by its place. */
  readonly #good = new Map<string, string>();

  gave(uri: string): void {
    this.#good.set(placeOf(uri), uri);
  }

  /** Does what came before come now? False where nothing came yet. */
  async comes(store: ObjectStore, uri: string, { maxBytes, fetchTimeoutMs }: ImageLimits): Promise<boolean> {
    const good = this.#good.get(placeOf(uri));
    if (good === undefined || good === uri) return false;
    return store.read(good, { maxBytes, timeoutMs: fetchTimeoutMs }).then(
      () => true,
      () => false,
    );
  }
}

/** Scheme and host, or bucket. */
function placeOf(uri: string): string {
  const slash = uri.indexOf('/', uri.indexOf('://') + 3);
  return slash < 0 ? uri : uri.slice(0, slash);
}
