/** From what the user wrote to a source: a folder, an S3 prefix, a manifest anywhere, image files, or standard input. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, UsageError } from '@labelmill/shared/errors';
import type { SourceSpec } from '@labelmill/shared/schema/run';
import { hasPlaceForSecret } from '@labelmill/shared/store/secret-in-uri';
import { shown } from '@labelmill/shared/store/shown-uri';
import type { Stores } from '@labelmill/shared/store/stores';
import { DistinctSource } from './distinct-source.ts';
import { InventorySource } from './inventory-source.ts';
import { ListingSource } from './listing-source.ts';
import { type ManifestFormat, manifestFormat } from './manifest-lines.ts';
import { ManifestSource } from './manifest-source.ts';
import { isShard, ShardsSource } from './shards-source.ts';
import type { Source } from './source.ts';
import { spool } from './spool.ts';

export interface SourceRequest {
  /** One folder, prefix or manifest; `-`; or any number of image files. */
  readonly names: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly limit?: number;
  /** Each URI once. */
  readonly dedupe?: boolean;
  /** The folder or prefix holds tar shards, and those the images. */
  readonly shards?: boolean;
  /** The manifest's format where its name does not say it. */
  readonly format?: ManifestFormat;
  readonly cwd: string;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Where standard input is kept. */
  readonly spoolFolder: string;
}

/** @throws UsageError `source_unreadable` · `bad_source` · `secret_in_uri` */
export async function openSource(request: SourceRequest, stores: Stores): Promise<Source> {
  return sourceFromSpec(await specOf(request), stores);
}

/** The source of a run that is resumed. No store lists an object twice: only manifests have duplicates. */
export function sourceFromSpec(spec: SourceSpec, stores: Stores): Source {
  if (spec.kind === 'listing') return new ListingSource(spec, stores);
  if (spec.kind === 'shards') return new ShardsSource(spec, stores);
  if (spec.kind === 'inventory') return new InventorySource(spec, stores);
  if (spec.kind === 'manifest') {
    if (!spec.dedupe) return new ManifestSource(spec, stores);
    const { limit, ...all } = spec;
    return new DistinctSource(new ManifestSource(all, stores), limit);
  }
  throw new UsageError(
    'bad_source',
    'this run was fed by a program: resume it from there, with the same URIs',
  );
}

async function specOf(request: SourceRequest): Promise<SourceSpec> {
  const { names, include, exclude, limit, dedupe = false, cwd } = request;
  const shared = {
    include: [...include],
    exclude: [...exclude],
    ...(limit === undefined ? {} : { limit }),
    ...(dedupe ? { dedupe } : {}),
  };
  const [name] = names;
  if (name === undefined)
    throw new UsageError('bad_source', 'name a folder, an s3:// prefix, a manifest or image files');
  if (names.length > 1) {
    if (names.some((each) => manifestFormat(each) !== null || each === '-' || each.startsWith('s3:'))) {
      throw new UsageError(
        'bad_source',
        'name one folder, prefix or manifest; only image files can be several',
      );
    }
    return { ...shared, ...(await fileList(request)) };
  }
  if (name === '-') {
    const format = request.format ?? 'txt';
    const path = await spool(request.stdin, format, request.spoolFolder);
    const base = pathToFileURL(`${resolve(cwd)}/`).href;
    return { ...shared, kind: 'manifest', uri: pathToFileURL(path).href, format, base };
  }
  const format = request.format ?? manifestFormat(name);
  if (/^(s3|https):\/\//.test(name)) {
    if (hasPlaceForSecret(name)) {
      throw new UsageError(
        'secret_in_uri',
        `${shown(name)}: its password or signature would be kept in run.json; download the manifest and name the file`,
      );
    }
    if (format !== null) return { ...shared, kind: 'manifest', uri: name, format };
    if (/^s3:.*\/manifest\.json$/.test(name)) return { ...shared, kind: 'inventory', uri: name };
    if (name.startsWith('s3:')) return { ...shared, kind: listed(name, request), uri: name };
    throw new UsageError(
      'bad_source',
      `${name}: over https:// a source is a manifest (.txt, .csv or .jsonl)`,
    );
  }
  const path = resolve(cwd, name);
  const found = await statOf(path, name);
  if (found.isDirectory())
    return { ...shared, kind: listed(name, request), uri: `${pathToFileURL(path).href.replace(/\/$/, '')}/` };
  if (isShard(name)) return { ...shared, kind: 'shards', uri: pathToFileURL(path).href };
  if (format !== null) return { ...shared, kind: 'manifest', uri: pathToFileURL(path).href, format };
  return { ...shared, ...(await fileList(request)) };
}

/** Is what lies there images, or shards of them? */
function listed(name: string, { shards = false }: SourceRequest): 'listing' | 'shards' {
  return shards || isShard(name) ? 'shards' : 'listing';
}

/** Image files named one by one are a manifest of their paths. */
async function fileList(request: SourceRequest): Promise<Pick<SourceSpec, 'kind' | 'uri' | 'format'>> {
  const paths = request.names.map((name) => resolve(request.cwd, name));
  for (const [place, path] of paths.entries()) {
    const name = request.names[place] ?? path;
    if ((await statOf(path, name)).isDirectory()) {
      throw new UsageError('bad_source', `${name} is a folder: name one folder, or image files`);
    }
  }
  const lines = paths.map((path) => `${JSON.stringify(path)}\n`).join('');
  const list = await spool(
    (async function* () {
      yield Buffer.from(lines);
    })(),
    'jsonl',
    request.spoolFolder,
  );
  return { kind: 'manifest', uri: pathToFileURL(list).href, format: 'jsonl' };
}

async function statOf(path: string, name: string) {
  try {
    return await stat(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(
      'source_unreadable',
      missing ? `there is no file or folder ${name}` : `${name} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
