/** Reads a file that names a model's classes. */
import { readFile } from 'node:fs/promises';
import { codeOf, messageOf, UsageError } from '@labelmill/shared/errors';
import { z } from 'zod';
import type { BundleManifest } from '../bundle-schema.ts';

const jsonSchema = z.array(z.union([z.string(), z.object({ id: z.string(), label: z.string() })]));
const maxLength = 200;

/**
 * Classes in index order. From `*.json`: an array of labels or of `{id, label}`. From any other file, one class a line:
 * `id<tab>label`, the model zoo's `n01440764 tench, Tinca tinca` (the first name is the label), or a label, which is
 * then the id too.
 *
 * @throws UsageError `bad_labels`, naming the line; ids must differ, because records are keyed on them.
 */
export async function readLabels(path: string): Promise<BundleManifest['classes']> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    const reason = codeOf(cause) === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new UsageError('bad_labels', `${path}: ${reason}`, { cause });
  });
  const classes = path.endsWith('.json') ? fromJson(path, text) : fromLines(text);
  if (classes.length === 0) throw new UsageError('bad_labels', `${path}: there is no label in it`);
  const places = new Map<string, number>();
  for (const [index, { id, label }] of classes.entries()) {
    const earlier = places.get(id);
    const where = `${path}: class ${index + 1}`;
    if (id === '' || label === '') throw new UsageError('bad_labels', `${where} is empty`);
    if (id.length > maxLength || label.length > maxLength) {
      throw new UsageError('bad_labels', `${where} has more than ${maxLength} characters`);
    }
    if (earlier !== undefined) {
      throw new UsageError('bad_labels', `${where} has the id of class ${earlier}, ${id}: give each its own`);
    }
    places.set(id, index + 1);
  }
  return classes;
}

function fromJson(path: string, text: string): BundleManifest['classes'] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new UsageError('bad_labels', `${path}: ${messageOf(cause)}`, { cause });
  }
  const parsed = jsonSchema.safeParse(json);
  if (parsed.success)
    return parsed.data.map((item) => (typeof item === 'string' ? { id: item, label: item } : item));
  const [issue] = parsed.error.issues;
  throw new UsageError('bad_labels', `${path}: ${issue?.path.join('.') || 'document'}: ${issue?.message}`);
}

function fromLines(text: string): BundleManifest['classes'] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const [, id, label] = /^([^\t]+)\t(.+)$/.exec(line) ?? /^(n\d{8}) ([^,]+)/.exec(line) ?? [];
    return { id: id ?? line, label: label ?? line };
  });
}
