/** Images of a run: what there is to filter by, pages of records, and pictures of the records' images alone. */
import { imageErrorCodes, messageOf } from '@labelmill/shared/errors';
import {
  facetsSchema,
  imageParams,
  imageQuery,
  imagesSchema,
  pictureQuery,
  runParams,
} from '../api-schema.ts';
import type { AppParts } from '../app.ts';
import { isDamaged, mayBeShown } from '../pictures/may-be-shown.ts';
import { HttpProblem, problems } from '../problem.ts';
import type { IndexedRun } from '../records/record-index.ts';
import type { ApiScope } from './api-scope.ts';

/** Another picture beside the labels would be a lie. */
const changedSince = new HttpProblem(409, 'changed', 'the image has changed since it was labelled');
const goneAway = { status: 'error', code: 'busy', message: 'nobody waits for it' } as const;
/** Longer sides, in pixels. */
const sides = { thumb: 320, whole: 1600 } as const;

/** A picture that the image's own fault keeps from being made does not exist; any other may come later. */
function statusOf(code: string): number {
  if (code === 'busy') return 503;
  return code in imageErrorCodes && code !== 'forbidden' && code !== 'fetch_timeout' ? 404 : 502;
}

export function addImageRoutes(api: ApiScope, parts: AppParts): void {
  const { catalogue, views, gallery, pictures, cache, fileRoots, log } = parts;
  const galleryRun = async (id: string): Promise<IndexedRun> => {
    const known = await catalogue.require(id);
    return { ...(await views.asked(known)), ...known };
  };

  api.get(
    '/runs/:run/facets',
    {
      schema: {
        summary: 'Labels, confidence bands and errors, with counts',
        params: runParams,
        response: { 200: facetsSchema, ...problems },
      },
    },
    async ({ params }) => {
      const { facets, indexing } = await gallery.facets(await galleryRun(params.run));
      return { ...facets, indexing };
    },
  );
  api.get(
    '/runs/:run/images',
    {
      schema: {
        summary: 'A page of records, in the order of the run',
        params: runParams,
        querystring: imageQuery,
        response: { 200: imagesSchema, ...problems },
      },
    },
    async ({ params, query: { offset, limit, against, ...filter } }) => {
      const other = against === undefined ? null : await galleryRun(against);
      const { total, images } = await gallery.page(
        await galleryRun(params.run),
        filter,
        offset,
        limit,
        other,
      );
      const shown = images.map((image) => ({
        ...image,
        shown: image.record !== null && mayBeShown(image.record),
      }));
      return { total, images: shown };
    },
  );
  api.get(
    '/runs/:run/images/:index/picture',
    {
      schema: {
        summary:
          'A JPEG of a record’s image, decoded and encoded again; of an error record’s where no limit refused it',
        params: imageParams,
        querystring: pictureQuery,
        response: problems,
      },
    },
    async ({ params, query }, reply) => {
      const known = await catalogue.require(params.run);
      const run = await views.asked(known);
      const record = await gallery.record({ ...run, ...known }, params.index);
      if (record.status === 'error' && !mayBeShown(record)) {
        throw new HttpProblem(
          404,
          record.error.code,
          `no picture of an image that ended as ${record.error.code}`,
        );
      }
      const side = sides[query.size];
      const damaged = isDamaged(record);
      const what = [record.uri, record.version ?? run.id, side, ...(damaged ? ['damaged'] : [])];
      let jpeg: Uint8Array | null = await cache.get(what);
      if (jpeg === null) {
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const order = { uri: record.uri, side, fileRoots: fileRoots(run), damaged };
        const made = await pictures.make(order, gone.signal).catch(() => goneAway);
        if (made.status === 'error') throw new HttpProblem(statusOf(made.code), made.code, made.message);
        if (record.version !== undefined && made.version !== record.version) throw changedSince;
        jpeg = made.jpeg;
        // A full disk keeps nobody from seeing it.
        await cache
          .put(what, jpeg)
          .catch((error: unknown) => log.warn({ err: messageOf(error) }, 'cannot keep a picture'));
      }
      return reply
        .type('image/jpeg')
        .header('cache-control', 'private, max-age=3600')
        .send(jpeg as never);
    },
  );
}
