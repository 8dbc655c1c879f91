import type { LabelRecord } from '@labelmill/shared/schema/record';

/** A record as the table of docs/querying.md has it, whatever wrote the table. */
export function tableRow(record: LabelRecord) {
  const best = record.status === 'ok' ? record.labels[0] : undefined;
  return {
    index: record.index,
    uri: record.uri,
    version: record.version ?? null,
    status: record.status,
    label_id: best?.id ?? null,
    label: best?.label ?? null,
    score: best?.score ?? null,
    labels: record.status === 'ok' ? record.labels : null,
    error: record.status === 'error' ? record.error : null,
  };
}
