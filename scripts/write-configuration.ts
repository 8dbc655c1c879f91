/** Writes the reference of the settings into docs/configuration.md. A test fails where it was not run after a change. */
import { readFile, writeFile } from 'node:fs/promises';
import { environmentTable } from '../packages/cli/src/environment-table.ts';

const page = new URL('../docs/configuration.md', import.meta.url);
const text = await readFile(page, 'utf8');
await writeFile(
  page,
  text.replace(/(<!-- settings: .* -->\n)[\s\S]*(\n?<!-- \/settings -->)/, (_, begin, end) => {
    return `${begin}${environmentTable()}\n${end.trimStart()}`;
  }),
);
