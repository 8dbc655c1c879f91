/** Five minutes of fuzzing the parsers with a seed of the day, which is printed and replays it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { repository } from '../../parts/labelmill.ts';

test('no mutant of a file or message ends otherwise than as a result or a refusal', async () => {
  const main = ['--conditions=source', 'test/fuzz/parsers/main.ts', '--minutes', '5'];
  const child = spawn(process.execPath, main, { cwd: repository, stdio: ['ignore', 'inherit', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 900_000);
