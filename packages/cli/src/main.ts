/** The `labelmill` command: has Node keep the code it compiles, which halves the time to load it, and runs the command line. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const named = process.env.XDG_CACHE_HOME ?? '';
const caches = isAbsolute(named) ? named : join(homedir(), '.cache');
// In the user's own folder: code is run from it. The engine's process finds it by the variable.
process.env.NODE_COMPILE_CACHE ??= join(caches, 'labelmill', 'compiled-code');
// Where the folder cannot be written, everything is as without it.
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('./command-line.ts');
