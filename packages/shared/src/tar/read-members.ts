/** Neighbouring members of a shard by one read of it. */
import { ImageError } from '../errors.ts';
import type { ObjectBody, ObjectStore } from '../store/object-store.ts';
import { memberBody } from './member-body.ts';
import type { TarMember } from './member-uri.ts';
import { blockBytes } from './tar-header.ts';

export interface MemberReader {
  /** For each member. Default: the store's. */
  readonly timeoutMs?: number;
  /** A member has come: a view of memory that all of them share, or `not_found` where it is not there any more. */
  readonly onMember: (place: number, read: ObjectBody | ImageError) => void;
}

/** Bytes from the first member's header to the last member's end. */
export function bytesOfMembers(members: readonly TarMember[]): number {
  const last = members.at(-1)!;
  return last.offset + last.length - headerOf(members[0]!);
}

/**
 * Hands over each member as soon as its bytes are there, in order. Nothing here waits for whoever takes them, so a slow
 * taker is no slow store: there has to be room for all of them before this is called.
 * @param store that holds the shard
 * @param members of one shard, in its order, at least one
 * @returns how many were handed over: the first ones, and fewer than all where the read broke behind them
 * @throws what the store throws, where not one was
 */
export async function readMembers(
  store: ObjectStore,
  members: readonly TarMember[],
  { timeoutMs, onMember }: MemberReader,
): Promise<number> {
  const first = members[0]!;
  const offset = headerOf(first);
  const length = bytesOfMembers(members);
  let given = 0;
  const give = (until: number, read: ObjectBody) => {
    for (; given < until; given++) {
      const member = members[given]!;
      onMember(given, memberOrError(member, read, headerOf(member) - offset));
    }
  };
  try {
    const whole = await store.read(first.shard, {
      range: { offset, length },
      maxBytes: length,
      parts: { ends: members.map((member) => member.offset + member.length - offset), onCome: give },
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    give(members.length, whole);
  } catch (error) {
    if (given === 0) throw error;
  }
  return given;
}

function headerOf({ offset }: TarMember): number {
  return offset - blockBytes;
}

function memberOrError(member: TarMember, read: ObjectBody, header: number): ObjectBody | ImageError {
  try {
    return memberBody(member, read, header);
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
}
