/** A supervisor's stand-in, to be killed by process.test.ts: starts an engine, gives it work, and reports its pid. */

import { startEngine } from '@labelmill/worker/engine/spawn-engine';
import { miniEngineConfig } from './mini-engine.ts';

const uris = process.argv.slice(2);
const config = await miniEngineConfig();
const engine = await startEngine(config, {
  env: process.env,
  onResults: () => process.send!({ pid: engine.pid }),
});
if (uris.length === 0) process.send!({ pid: engine.pid });
else engine.label(Array.from({ length: 2_000 }, (_, id) => ({ id, uri: uris[id % uris.length]! })));
