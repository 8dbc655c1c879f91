/** URIs and labels from strangers, printed: a terminal must not obey them. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLogger } from '@labelmill/shared/logging';
import { describe, expect, it } from 'vitest';
import { labelmill, repository } from '../parts/labelmill.ts';
import { records, runFolders } from '../parts/records.ts';
import { temporaryFolder } from '../parts/temp-folder.ts';

// Sets the window's title (OSC 0), clears the screen by one character (CSI), turns the text's order.
const hostile = '\u001b]0;owned\u0007\u009b2J\u202e';
/** All but the ends of lines. */
const obeyed = /(?!\n)\p{Cc}|\p{Bidi_Control}/u;

describe('a terminal escape sequence', () => {
  it('in the URI of an image is in its record, and printed by no command', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'runs');
    const input = `${join(repository, 'examples/photos/cat.jpg')}\ns3://b/${hostile}\nx:${hostile}://y\n`;
    const said = [
      await labelmill(['label', '-', '--out', out, '--json'], { input, env: { AWS_REGION: 'x' } }),
    ];
    const [run = ''] = await runFolders(out);
    if (run !== '') {
      const part = join(run, 'labels/part-00000000.jsonl');
      // One record of another image: verify names both.
      await writeFile(
        part,
        (await readFile(part, 'utf8')).replace('cat.jpg', JSON.stringify(hostile).slice(1, -1)),
      );
      expect((await records(run))[0]?.uri).toContain(hostile);
      said.push(await labelmill(['verify', run]), await labelmill(['verify', run, '--json']));
    }
    expect(said).toHaveLength(3);
    for (const { stdout, stderr } of said) expect(stdout + stderr).not.toMatch(obeyed);
    expect(JSON.parse(said[2]?.stdout ?? '').differences[0].message).toContain('part-00000000');
  });

  it('in the labels of a model is printed by no command', async () => {
    await using folder = await temporaryFolder();
    const models = join(folder.path, 'models');
    await cp(join(repository, 'packages/models/bundles'), models, { recursive: true });
    const [name = ''] = await readdir(models);
    const manifest = join(models, name, 'model.json');
    const model = JSON.parse(await readFile(manifest, 'utf8'));
    for (const each of model.classes) each.label = `${hostile}${each.label}`;
    model.provenance.origin = `${hostile}\nmodels: none`;
    await writeFile(manifest, JSON.stringify(model));
    const env = { LABELMILL_MODELS: models };
    for (const args of [
      ['demo', '--out', join(folder.path, 'runs')],
      ['model', 'list'],
      ['model', 'inspect', name],
    ]) {
      const { status, stdout, stderr } = await labelmill(args, { env });
      expect(status).toBe(0);
      expect(stdout + stderr).not.toMatch(obeyed);
      expect(stdout).not.toMatch(/^models: none/m);
    }
  });

  it('in a log line is shown instead, and the line is still JSON', () => {
    const lines: string[] = [];
    const log = createLogger({ name: 'x', level: 'info' }, { write: (line) => void lines.push(line) });
    log.warn({ uri: hostile }, `cannot read ${hostile}\nforged`);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toMatch(obeyed);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ uri: hostile, msg: `cannot read ${hostile}\nforged` });
  });
});
