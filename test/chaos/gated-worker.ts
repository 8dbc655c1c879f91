/**
 * A worker whose engine says 'labelling' and holds its images until it is told to 'go', whatever the signal says; then
 * all of them are `ok`, or all error records, as the argument has it. Told to 'drain' it finishes what it has, and ends.
 */
import { errorResult, okResult, startStandIn } from './stand-in-supervisor.ts';

const resultOf = process.argv[2] === 'error' ? errorResult : okResult;
const { promise: gate, resolve: open } = Promise.withResolvers<void>();
const supervisor = await startStandIn(async (uris) => {
  process.send?.('labelling');
  await gate;
  return uris.map((_, id) => resultOf(id));
});
process.on('message', async (message) => {
  if (message === 'go') open();
  else {
    await supervisor.drain(60_000);
    process.exit();
  }
});
process.send?.('ready');
