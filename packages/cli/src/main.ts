/** The `labelmill` command: has Node keep the code it compiles, which halves the time to load it, and runs the command line. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { userCache } from '@labelmill/shared/user-cache';

// In the user's own folder: code is run from it. The engine's process finds it by the variable.
process.env.NODE_COMPILE_CACHE ??= join(userCache(process.env, homedir()), 'compiled-code');
// Where the folder cannot be written, everything is as without it.
enableCompileCache(process.env.NODE_COMPILE_CACHE);
await import('./command-line.ts');
