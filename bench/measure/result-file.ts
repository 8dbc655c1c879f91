import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Writes a bench's figures to `bench/out/<name>.json`, with the machine they were measured on. */
export function writeResult(name: string, figures: object): void {
  const out = fileURLToPath(new URL('../out/', import.meta.url));
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  mkdirSync(out, { recursive: true });
  writeFileSync(`${out}${name}.json`, `${JSON.stringify({ machine, ...figures }, null, 2)}\n`);
}
