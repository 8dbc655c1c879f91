/** Truth in a table with a line for each image. */

import { imagenetClasses } from '@labelmill/models/imagenet-classes';
import { UsageError } from '@labelmill/shared/errors';
import { parse } from 'csv-parse/sync';
import { pathOf } from './path-of.ts';
import type { Truth } from './truth.ts';

/** Names of columns in any case; `ImageId` and `PredictionString` are Kaggle's. */
const imageColumns = ['uri', 'url', 'path', 'image', 'file', 'filename', 'imageid'];
const classColumns = ['class', 'id', 'label', 'wnid', 'synset', 'truth', 'predictionstring'];

interface Row {
  readonly image: string;
  readonly name: string;
  readonly line: number;
}

/**
 * A CSV whose first line names a column of images and one of classes. Of Kaggle's PredictionString, which lists boxes
 * as well, the first word is the class.
 *
 * @throws UsageError `bad_truth`
 */
export function tableTruth(text: string, source: string): Truth {
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    // The package's types know only the rows themselves.
    lines = parse(text, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      info: true,
    }) as unknown as typeof lines;
  } catch (error) {
    throw new UsageError('bad_truth', `${source}: ${(error as Error).message}`, { cause: error });
  }
  const [head, ...body] = lines;
  const names = head?.record.map((cell) => cell.toLowerCase()) ?? [];
  const image = columnOf(names, imageColumns, source);
  const name = columnOf(names, classColumns, source);
  const first = (cell: string) => (names[name] === 'predictionstring' ? (cell.split(' ')[0] ?? '') : cell);
  return truthFromRows(
    body.map(({ record, info }) => ({
      image: record[image] ?? '',
      name: first(record[name] ?? ''),
      line: info.lines,
    })),
    source,
  );
}

/**
 * Lines of an image, white space and its class. Caffe's val.txt numbers the classes from 0 in the order of their
 * WordNet ids; numbers of other images are names as any other.
 *
 * @throws UsageError `bad_truth`
 */
export async function textTable(text: string, source: string): Promise<Truth> {
  const classes = await imagenetClasses();
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rows = lines.flatMap((content, place): Row[] => {
    if (content.trim() === '' || content.startsWith('#')) return [];
    const line = place + 1;
    const [, image, name] =
      /^\s*([^\t]+?)\t+(.+?)\s*$/.exec(content) ?? /^\s*(.+?)\s+(\S+)\s*$/.exec(content) ?? [];
    if (image === undefined || name === undefined) {
      throw new UsageError('bad_truth', `${source}:${line}: needs an image and its class`);
    }
    const numbered = /^\d+$/.test(name) && /ILSVRC2012_val_\d+/.test(image);
    if (!numbered) return [{ image, name, line }];
    const id = classes[Number(name)]?.id;
    if (id === undefined)
      throw new UsageError('bad_truth', `${source}:${line}: ImageNet has no class ${name}`);
    return [{ image, name: id, line }];
  });
  return truthFromRows(rows, source);
}

function columnOf(names: readonly string[], known: readonly string[], source: string): number {
  const column = known.map((name) => names.indexOf(name)).find((place) => place >= 0);
  if (column === undefined) {
    throw new UsageError(
      'bad_truth',
      `${source}: the first line must name a column ${known.join(', ')}; it reads "${names.join(',').slice(0, 80)}"`,
    );
  }
  return column;
}

/** A row names an image by its URI, or by the end of its path, or, without extension, by its file name. */
function truthFromRows(rows: readonly Row[], source: string): Truth {
  const byImage = new Map<string, Row>();
  for (const row of rows) {
    if (row.image === '' || row.name === '') {
      throw new UsageError('bad_truth', `${source}:${row.line}: needs an image and its class`);
    }
    const key = keyOf(row.image);
    const earlier = byImage.get(key);
    if (earlier !== undefined && earlier.name !== row.name) {
      throw new UsageError(
        'bad_truth',
        `${source}:${row.line}: ${row.image} is ${row.name} here and ${earlier.name} in line ${earlier.line}`,
      );
    }
    byImage.set(key, row);
  }
  const taken = new Map<Row, string>();
  return (uri) => {
    const row = keysOf(uri)
      .map((key) => byImage.get(key))
      .find((found) => found !== undefined);
    if (row === undefined) return undefined;
    const other = taken.get(row) ?? uri;
    if (other !== uri) {
      throw new UsageError(
        'bad_truth',
        `${source}:${row.line}: ${row.image} may mean ${other} or ${uri}: name it by more of its path`,
      );
    }
    taken.set(row, uri);
    return row.name;
  };
}

function keyOf(image: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(image) ? image : image.replace(/^(\.{0,2}\/)+/, '');
}

/** Longest first. */
function keysOf(uri: string): string[] {
  const names = pathOf(uri);
  const stem = names.at(-1)?.replace(/\.[^.]+$/, '') ?? '';
  return [uri, ...names.map((_, place) => names.slice(place).join('/')), stem];
}
