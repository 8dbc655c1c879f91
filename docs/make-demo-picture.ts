/** Draws docs/demo.svg from a real run of the demo. usage: node docs/make-demo-picture.ts */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'lm-picture-'));
const text = execFileSync(here('../labelmill'), ['demo', '--out', out], {
  encoding: 'utf8',
  cwd: here('..'),
});
rmSync(out, { recursive: true });

const escaped = (line: string) =>
  line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const lines = ['$ ./labelmill demo', ...text.replaceAll(out, 'labelmill-runs').trimEnd().split('\n')];
const [lineHeight, charWidth, edge] = [19, 8.4, 18];
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * charWidth + 2 * edge);
const height = lines.length * lineHeight + 2 * edge;
const rows = lines.map((line, n) => {
  const colour = n === 0 ? '#9ece6a' : line.startsWith('photo ') ? '#7aa2f7' : '#c0caf5';
  return `<text x="${edge}" y="${edge + 13 + n * lineHeight}" fill="${colour}" xml:space="preserve">${escaped(line)}</text>`;
});
writeFileSync(
  here('./demo.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14"><title>labelmill demo: fifteen photos with their labels and scores</title><rect width="100%" height="100%" rx="8" fill="#1a1b26"/>${rows.join('\n')}</svg>\n`,
);
