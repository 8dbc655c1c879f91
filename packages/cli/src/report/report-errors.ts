import { type ImageErrorCode, imageErrorCodes } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';
import { cut } from './cut.ts';
import { type Html, html, nothing } from './html.ts';
import { count } from './report-head.ts';
import type { RunFacts } from './run-facts.ts';

const longestMessage = 120;

/** Error records by code, what each code means, and the first images of each. */
export function errorsCard({ run, errors }: RunFacts): Html {
  if (errors.length === 0) return nothing;
  const rows = errors.map(({ code, images, retryable, examples }) => {
    const list = examples.map(
      ({ index, uri, message }) =>
        html`<li><code>${shown(uri)}</code> <span class="soft small">image ${index}: ${cut(message, longestMessage)}</span></li>`,
    );
    const again = retryable ? html`<br><span class="soft small">may succeed again</span>` : nothing;
    return html`<tr><td class="count">${count(images)}</td><td><code>${code}</code><br><span class="soft small">${imageErrorCodes[code as ImageErrorCode]}</span>${again}</td><td><ul class="examples">${list}</ul></td></tr>`;
  });
  const retry = errors.some(({ retryable }) => retryable)
    ? html`<p class="soft small more"><code>labelmill retry ${run.id}</code> labels those again that may succeed.</p>`
    : nothing;
  return html`<section class="card"><h2>Errors</h2><table><thead><tr><th>Images</th><th>Code</th><th>First of them</th></tr></thead><tbody>${rows}</tbody></table>${retry}</section>`;
}
