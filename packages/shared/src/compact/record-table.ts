/**
 * Records as a table: the fields of a record under their names and types, and its best label once more in columns of
 * its own (`label_id`, `label`, `score`), for engines and people that do without lists.
 */
import type { SchemaElement } from 'hyparquet';

type Repetition = NonNullable<SchemaElement['repetition_type']>;
const text = (name: string, repetition_type: Repetition): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type,
});

export const recordTable: SchemaElement[] = [
  { name: 'root', num_children: 9 },
  { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
  text('uri', 'REQUIRED'),
  text('version', 'OPTIONAL'),
  text('status', 'REQUIRED'),
  text('label_id', 'OPTIONAL'),
  text('label', 'OPTIONAL'),
  { name: 'score', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  {
    name: 'labels',
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
    num_children: 1,
    repetition_type: 'OPTIONAL',
  },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: 3, repetition_type: 'REQUIRED' },
  text('id', 'REQUIRED'),
  text('label', 'REQUIRED'),
  { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
  { name: 'error', num_children: 3, repetition_type: 'OPTIONAL' },
  text('code', 'REQUIRED'),
  text('message', 'REQUIRED'),
  { name: 'retryable', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
];

/** Columns of values, in the order of the schema, by their paths in it. */
export const leafTypes = {
  index: 'INT64',
  uri: 'BYTE_ARRAY',
  version: 'BYTE_ARRAY',
  status: 'BYTE_ARRAY',
  label_id: 'BYTE_ARRAY',
  label: 'BYTE_ARRAY',
  score: 'DOUBLE',
  'labels.list.element.id': 'BYTE_ARRAY',
  'labels.list.element.label': 'BYTE_ARRAY',
  'labels.list.element.score': 'DOUBLE',
  'error.code': 'BYTE_ARRAY',
  'error.message': 'BYTE_ARRAY',
  'error.retryable': 'BOOLEAN',
} as const satisfies Record<string, SchemaElement['type']>;
export type LeafPath = keyof typeof leafTypes;
