import { ImageError, LabelmillError, OutageError, UsageError } from '@labelmill/shared/errors';
import { expect, it } from 'vitest';
import { reportError } from './report-error.ts';

it.each([
  [new UsageError('no_such_model', 'no such model'), 2],
  [new OutageError('s3_network', 'S3 cannot be reached'), 2],
  // The user named what cannot be read.
  [new ImageError('forbidden', 's3://b/run/run.json: access denied'), 2],
  [new LabelmillError('damaged_run', 'a part is damaged'), 1],
])('%o is one line with its code, and a status', (error, status) => {
  expect(reportError(error)).toEqual({ line: `labelmill: ${error.message} [${error.code}]`, status });
});

it('what nobody foresaw is one line too', () => {
  const { line, status } = reportError(new TypeError('x is not a function'));
  expect(line).toMatch(/^labelmill: unexpected: x is not a function \[internal\]/);
  expect(status).toBe(1);
});
