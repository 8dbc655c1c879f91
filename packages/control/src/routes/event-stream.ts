/** Server-sent events (HTML Living Standard, 9.2): an async iterable as a response. */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** @param events ends when the signal aborts, which it does when the browser goes away */
export function eventStream(
  reply: FastifyReply,
  events: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
): FastifyReply {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const body = Readable.from(encoded(events(gone.signal)));
  // The browser went away: nobody is left to be told.
  body.on('error', () => reply.raw.destroy());
  return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(body);
}

async function* encoded(events: AsyncIterable<ServerEvent>): AsyncGenerator<string> {
  for await (const { event, data } of events) yield `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
