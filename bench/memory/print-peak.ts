/** Imported before a command (`node --import`): when the command ends, its peak of resident memory goes to a file. */
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const { maxRSS } = process.resourceUsage();
  // Kilobytes; everything that was resident counts, weights that are mapped from disk too.
  writeFileSync(process.env.BENCH_PEAK_FILE ?? '', String(maxRSS));
});
