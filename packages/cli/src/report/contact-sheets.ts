/** Which images a report shows, and their thumbnails. */
import type { ThumbnailSize } from '@labelmill/worker/pictures/thumbnail';
import type { ThumbnailMaker } from '@labelmill/worker/pictures/thumbnail-maker';
import type { LabelCount, LabelledImage } from './label-tally.ts';

/**
 * A thumbnail takes at most 6,144 bytes, 8,192 as base64: 400 of them are 3.3 MB. What is written beside each is cut to
 * 360 characters (cut.ts), of 6 bytes each when all are escaped. So a report stays under 5 MB, whatever the run.
 */
export const thumbnailSize: ThumbnailSize = { side: 144, maxBytes: 6_144 };
export const mostThumbnails = 400;

export interface SheetImage extends LabelledImage {
  /** A data: URI, or why there is no picture. */
  readonly picture: { readonly src: string } | { readonly missing: string };
}

export interface ContactSheet {
  readonly id: string;
  readonly label: string;
  readonly images: number;
  readonly surest: readonly SheetImage[];
  readonly unsurest: readonly SheetImage[];
}

/** Sheets of the labels with most images, as many as there is room for. */
export async function contactSheets(
  labels: readonly LabelCount[],
  maker: ThumbnailMaker,
  signal: AbortSignal,
  onProgress: (done: number, all: number) => void,
): Promise<ContactSheet[]> {
  const shown: LabelCount[] = [];
  let room = mostThumbnails;
  for (const label of labels) {
    room -= label.surest.length + label.unsurest.length;
    if (room < 0) break;
    shown.push(label);
  }
  const images = shown.flatMap(({ surest, unsurest }) => [...surest, ...unsurest]);
  let done = 0;
  const uris = images.map(({ uri }) => uri);
  const results = await maker.make(uris, signal, () => onProgress(++done, uris.length));
  const pictures = new Map(images.map((image, place) => [image, pictureOf(image, results[place]!)]));
  const withPicture = (image: LabelledImage): SheetImage => ({ ...image, picture: pictures.get(image)! });
  return shown.map(({ id, label, images, surest, unsurest }) => ({
    id,
    label,
    images,
    surest: surest.map(withPicture),
    unsurest: unsurest.map(withPicture),
  }));
}

function pictureOf(
  { version }: LabelledImage,
  result: Awaited<ReturnType<ThumbnailMaker['make']>>[number],
): SheetImage['picture'] {
  if (result.status === 'error') return { missing: result.code };
  // What lies there now is not what was labelled.
  if (version !== undefined && result.version !== null && result.version !== version) {
    return { missing: 'changed since' };
  }
  return { src: `data:image/webp;base64,${Buffer.from(result.bytes).toString('base64')}` };
}
