/** docs/security.md names a test for each line of its threat model, and the test is there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repository } from '../parts/labelmill.ts';

const page = readFileSync(join(repository, 'docs/security.md'), 'utf8');
/** Attackers, what happens, guard, test. */
const lines = [...page.matchAll(/^\| ([IUJMTNWD](?:, [IUJMTNWD])*) \| (.+) \| (.+) \| (.+?) ?\|$/gm)];

test('every line of the threat model names tests that are there', () => {
  expect(lines.length).toBeGreaterThan(30);
  let before = '';
  for (const [, , threat = '', , cell = ''] of lines) {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    // A bare name lies beside the one before it; `there` is the one before.
    for (const name of names) {
      const path = name.includes('/') ? name : join(dirname(before), name);
      expect(existsSync(join(repository, path)), `${threat}: ${path}`).toBe(true);
      before = path;
    }
    expect(names.length > 0 || /^there\b/.test(cell), `${threat}: no test is named`).toBe(true);
  }
});
