"""Runs the Python lines of docs/querying.md as they are written there, over a compacted run, and holds what they give
against the JSON lines of its parts. Of a run in Parquet parts, which `compact` turned into JSON lines, it runs those over
Parquet, with the parts in place of compacted files. usage: one_liners.py DOCS RUN"""
import collections
import glob
import importlib
import importlib.util
import json
import re
import sys

docs, run = sys.argv[1], sys.argv[2].rstrip('/')
[block] = re.findall(r'^```python\n(.*?)^```', open(docs).read(), re.DOTALL | re.MULTILINE)
lines = [line for line in block.splitlines() if line]

json_lines = f'{run}/labels/*.jsonl'
if glob.glob(f'{run}/labels/*.parquet'):
    json_lines = f'{run}/compact/jsonl/*.jsonl'
    lines = [line.replace('RUN/compact/parquet', 'RUN/labels') for line in lines if 'json' not in line]
records = [json.loads(line) for part in sorted(glob.glob(json_lines)) for line in open(part)]


def best(record):
    return (record.get('labels') or [{}])[0]


def plain(value):
    """Lists and dicts of Python; what a library has for a missing value is None."""
    if hasattr(value, 'asDict'):
        value = value.asDict()
    if hasattr(value, 'tolist'):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return None if value != value else value


wanted = [
    {
        'index': record['index'],
        'uri': record['uri'],
        'version': record.get('version'),
        'status': record['status'],
        'labels': record.get('labels'),
        'error': record.get('error'),
    }
    for record in records
]
best_columns = [
    {'label_id': best(record).get('id'), 'label': best(record).get('label'), 'score': best(record).get('score')}
    for record in records
]
counts = collections.Counter(best(record).get('label') for record in records)


def rows_of(result):
    if hasattr(result, 'to_dict') and hasattr(result, 'iterrows'):
        return result.to_dict('records')
    if hasattr(result, 'to_dicts'):
        return result.to_dicts()
    if hasattr(result, 'collect'):
        return [row.asDict() for row in result.collect()]
    if hasattr(result, 'fetchall'):
        return [dict(zip(result.columns, row)) for row in result.fetchall()]
    return list(result['train'])


def check(line, result):
    found = [plain(row) for row in rows_of(result)]
    if len(found[0]) == 2:  # a label and how many images
        pairs = {row['label']: next(count for name, count in row.items() if name != 'label') for row in found}
        assert len(found) == len(counts) and pairs == counts, f'{line}\n{pairs}'
        return
    # JSON that is read as a table has a column where any row has the field.
    assert [{name: row.get(name) for name in wanted[0]} for row in found] == wanted, line
    if 'label_id' in found[0]:
        assert [{name: row[name] for name in best_columns[0]} for row in found] == best_columns, line


def namespace_of(library):
    if library != 'spark':
        return {library: importlib.import_module(library), 'glob': glob}
    from pyspark.sql import SparkSession

    return {'spark': SparkSession.builder.master('local[2]').config('spark.ui.enabled', 'false').getOrCreate()}


left_out = 0
for line in lines:
    library = line.split('.')[0]
    if importlib.util.find_spec('pyspark' if library == 'spark' else library) is None:
        print(f'NOT RUN, {library} is not installed: {line}')
        left_out += 1
        continue
    check(line, eval(line.replace('RUN', run), namespace_of(library)))
    print(f'same rows: {line}')
print(f'{len(lines) - left_out} of {len(lines)} lines, {len(records)} records')
