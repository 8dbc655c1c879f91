import { codeOf } from '@labelmill/shared/errors';
import { partAsLines } from '@labelmill/shared/run/part-as-lines';

/** Of a part that cannot be read at all: one line that is no record. */
const unreadable = Buffer.from('\n');

/** A part as JSON lines, whatever its format: an index says where in them a record lies. */
export async function readableLines(body: Uint8Array, uri: string): Promise<Uint8Array> {
  try {
    return await partAsLines(body, uri);
  } catch (error) {
    if (codeOf(error) !== 'broken_part') throw error;
    return unreadable;
  }
}
