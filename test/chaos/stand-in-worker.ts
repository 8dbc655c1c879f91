/**
 * A worker whose engine only waits a while. Two deliveries of an image need not end alike, as in life: one in fifty is an
 * error record.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { errorResult, okResult, startStandIn } from './stand-in-supervisor.ts';

/** A chunk of 16 images takes from nothing to this. */
const longestMs = 400;
const errorShare = 0.02;

await startStandIn(async (uris) => {
  await delay((Math.random() * longestMs * uris.length) / 16);
  return uris.map((_, id) => (Math.random() < errorShare ? errorResult(id) : okResult(id)));
});
