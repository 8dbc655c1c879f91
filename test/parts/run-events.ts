/** What `labelmill serve` tells of a run by server-sent events, as a browser reads them. */
import type { Serving } from './serve.ts';

// biome-ignore lint/suspicious/noExplicitAny: what comes back is what the tests look at
export async function* runEvents(serving: Serving, run: string): AsyncGenerator<any, any> {
  const { body } = await serving.fetch(`/api/runs/${run}/events`);
  let text = '';
  for await (const piece of body!.pipeThrough(
    new TextDecoderStream() as never,
  ) as unknown as AsyncIterable<string>) {
    text += piece;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) yield JSON.parse(message.split('data: ')[1] ?? 'null');
  }
}
