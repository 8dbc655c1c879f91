/** Reads one image's bytes and stays with it through short outages. */
import { ImageError } from '@labelmill/shared/errors';
import type { ObjectBody, ObjectStore } from '@labelmill/shared/store/object-store';
import { ControlRead } from './control-read.ts';
import type { ImageLimits } from './protocol.ts';
import { throughOutages } from './through-outages.ts';

/** The object's bytes, at least one and at most `maxBytes`. Throws as `throughOutages`, and ImageError `empty`. */
export async function fetchImage(
  store: ObjectStore,
  uri: string,
  limits: ImageLimits,
  control = new ControlRead(),
): Promise<ObjectBody> {
  const { maxBytes, fetchTimeoutMs: timeoutMs } = limits;
  const read = () => store.read(uri, { maxBytes, timeoutMs });
  const object = await throughOutages({ uri, store, limits, control, read, readAlone: read });
  if (object.body.length === 0) throw new ImageError('empty', 'the object has no bytes');
  control.gave(uri);
  return object;
}
