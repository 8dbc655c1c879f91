import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePart } from '@labelmill/shared/run/part';
import { runFolder } from '@labelmill/shared/run/run-folder';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { table } from '../terminal/format.ts';
import type { CommandContext } from './context.ts';
import { label } from './label.ts';

const photos = fileURLToPath(new URL('../../../../examples/photos', import.meta.url));

/** `labelmill demo`: labels the photos of examples/photos with the small network that comes along, and shows the labels. */
export async function demo(options: { out: string; json?: boolean }, context: CommandContext): Promise<void> {
  const folder = relative(context.cwd, photos) || '.';
  const request = {
    include: [],
    exclude: [],
    model: 'vgg-mini',
    topK: 5,
    decode: 'exact' as const,
    emit: ['labels' as const],
    format: 'jsonl' as const,
    ...options,
  };
  const result = await label([folder], request, context);
  if (result === null || options.json) return;
  await using stores = openOperatorStores(context.settings.stores);
  const rows = [['photo', 'label', 'score', 'next best']];
  for (let seq = 0; seq < result.summary.chunks; seq++) {
    const part = runFolder.part(result.folder, seq, { partFormat: request.format });
    const { body } = await stores.for(part).read(part);
    for (const record of await decodePart(body, part)) {
      const name = decodeURIComponent(record.uri.slice(record.uri.lastIndexOf('/') + 1));
      if (record.status === 'error') {
        rows.push([name, `(${record.error.code})`, '', record.error.message]);
        continue;
      }
      const [best, ...others] = record.labels.map(({ label, score }) => ({
        name: label.split(',')[0] ?? label,
        score,
      }));
      const next = others.slice(0, 2).map((other) => `${other.name} ${other.score.toFixed(2)}`);
      rows.push([name, best?.name ?? '', best?.score.toFixed(3) ?? '', next.join(', ')]);
    }
  }
  context.console.out('');
  for (const line of table(rows)) context.console.out(line);
  context.console.out('');
  context.console.out(
    'vgg-mini is a small demonstration network; label your own: ./labelmill label <folder>',
  );
}
