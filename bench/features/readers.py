"""Do the readers that people use see the same features as labelmill wrote?

    python3 -m venv VENV && VENV/bin/pip install pyarrow==26.0.1 pandas==3.1.1 duckdb==2.0.0
    VENV/bin/python bench/features/readers.py labelmill-runs/RUN
"""
import glob
import json
import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

run = sys.argv[1].rstrip('/')
files = sorted(glob.glob(f'{run}/features/*.parquet'))
records = [json.loads(line) for part in sorted(glob.glob(f'{run}/labels/*.jsonl')) for line in open(part)]
ok = {record['index']: (record['uri'], record.get('version')) for record in records if record['status'] == 'ok'}

by_pyarrow = {}
for file in files:
    for row in pq.read_table(file).to_pylist():
        assert row['index'] not in by_pyarrow, f'{file}: image {row["index"]} a second time'
        by_pyarrow[row['index']] = (row['uri'], row['version'], np.array(row['features'], np.float16))
assert {index: row[:2] for index, row in by_pyarrow.items()} == ok, 'rows and records differ'

frame = pd.read_parquet(f'{run}/features').sort_values('index')
matrix = np.stack(frame['features'])
assert matrix.dtype == np.float16
for index, row in zip(frame['index'], matrix):
    assert np.array_equal(row, by_pyarrow[index][2]), f'pandas differs at image {index}'

query = f"SELECT index, features FROM '{run}/features/*.parquet' ORDER BY index"
for index, row in duckdb.sql(query).fetchall():
    assert np.array_equal(np.array(row, np.float16), by_pyarrow[index][2]), f'DuckDB differs at image {index}'

print(f'{len(ok)} of {len(records)} images, {matrix.shape[1]} values each: pyarrow, pandas and DuckDB agree')
