/** Contact sheets: the images of each label of which the model was most and least sure. */
import { shown } from '@labelmill/shared/store/shown-uri';
import { pathOf } from '../evaluation/path-of.ts';
import type { ContactSheet, SheetImage } from './contact-sheets.ts';
import { thumbnailSize } from './contact-sheets.ts';
import { cut } from './cut.ts';
import { type Html, html, nothing } from './html.ts';
import { count } from './report-head.ts';
import { firstName } from './report-labels.ts';

const longestTitle = 120;

/** @param labels how many there are; those with the fewest images may have no sheet */
export function sheetsCard(sheets: readonly ContactSheet[], labels: number): Html {
  if (sheets.length === 0) return nothing;
  const more = labels - sheets.length;
  const left =
    more > 0
      ? html`<p class="soft small more">The other ${count(more)} labels, with fewer images each, are not shown.</p>`
      : nothing;
  return html`<section class="card"><h2>Most and least certain images</h2><div class="sheets">${sheets.map(sheet)}</div>${left}</section>`;
}

function sheet({ id, label, images, surest, unsurest }: ContactSheet): Html {
  const [most, least] =
    unsurest.length === 0
      ? [row('', surest), nothing]
      : [row('Most certain', surest), row('Least certain', unsurest)];
  return html`<section class="sheet"><div class="head"><h3 title="${cut(`${label} (${id})`)}">${cut(firstName(label))}</h3><span class="soft small">${count(images)}</span></div><div class="ends">${most}${least}</div></section>`;
}

function row(title: string, images: readonly SheetImage[]): Html {
  const heading = title === '' ? nothing : html`<p class="end">${title}</p>`;
  return html`<div>${heading}<div class="row">${images.map(figure)}</div></div>`;
}

function figure({ index, uri, score, picture }: SheetImage): Html {
  const name = cut(shown(pathOf(uri).at(-1) ?? uri));
  const { side } = thumbnailSize;
  const image =
    'src' in picture
      ? html`<img src="${picture.src}" alt="${name}" width="${side}" height="${side}">`
      : html`<span class="missing">${picture.missing}</span>`;
  return html`<figure title="${cut(shown(uri), longestTitle)} (image ${index})">${image}<figcaption><span class="file">${name}</span><b>${score.toFixed(2)}</b></figcaption></figure>`;
}
