"""Do the readers that people use see the same records in the Parquet of `compact` as in the JSON lines of the parts, or in
Parquet parts as in the JSON lines of `compact`?"""
import glob
import json
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

run = sys.argv[1].rstrip('/')
folder, lines = f'{run}/compact/parquet', f'{run}/labels/*.jsonl'
if glob.glob(f'{run}/labels/*.parquet'):
    folder, lines = f'{run}/labels', f'{run}/compact/jsonl/*.jsonl'
records = [json.loads(line) for part in sorted(glob.glob(lines)) for line in open(part)]


def row(record):
    best = (record.get('labels') or [{}])[0]
    return {
        'index': record['index'],
        'uri': record['uri'],
        'version': record.get('version'),
        'status': record['status'],
        'label_id': best.get('id'),
        'label': best.get('label'),
        'score': best.get('score'),
        'labels': record.get('labels'),
        'error': record.get('error'),
    }


rows = [row(record) for record in records]
label = pa.struct([('id', pa.string()), ('label', pa.string()), ('score', pa.float64())])
error = pa.struct([('code', pa.string()), ('message', pa.string()), ('retryable', pa.bool_())])
types = {
    'index': pa.int64(),
    'uri': pa.string(),
    'version': pa.string(),
    'status': pa.string(),
    'label_id': pa.string(),
    'label': pa.string(),
    'score': pa.float64(),
    'labels': pa.list_(label),
    'error': error,
}

table = pq.read_table(folder)
assert table.to_pylist() == rows, 'pyarrow sees other rows'
for name, wanted in types.items():
    found = table.schema.field(name).type
    # Fields alone are compared: whether an element may be null is the file's to say.
    assert str(found).replace(' not null', '').replace('element:', 'item:') == str(wanted).replace('element:', 'item:'), (
        f'pyarrow sees {name} as {found}'
    )
codecs = {
    pq.ParquetFile(file).metadata.row_group(group).column(column).compression
    for file in glob.glob(f'{folder}/*.parquet')
    for group in range(pq.ParquetFile(file).metadata.num_row_groups)
    for column in range(pq.ParquetFile(file).metadata.num_columns)
}
assert codecs == {'ZSTD'}, codecs

frame = pd.read_parquet(folder)
assert list(frame['index']) == [row['index'] for row in rows], 'pandas sees other rows'
assert [None if score != score else score for score in frame['score']] == [row['score'] for row in rows]

found = duckdb.sql(f"SELECT * FROM '{folder}/*.parquet' ORDER BY index")
assert [dict(zip(found.columns, values)) for values in found.fetchall()] == rows, 'DuckDB sees other rows'

print(f'{len(rows)} records in {len(glob.glob(folder + "/*.parquet"))} files of {folder}: pyarrow, pandas and DuckDB agree with the JSON lines')
