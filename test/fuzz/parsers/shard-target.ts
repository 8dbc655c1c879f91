/** The parser of tar shards. Its seeds are written by tar itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { longestUri } from '@labelmill/shared/schema/chunk-job';
import { memberOf, memberUri } from '@labelmill/shared/tar/member-uri';
import { tarMembers } from '@labelmill/shared/tar/tar-members';
import { type ParserTarget, PropertyError } from './parser-target.ts';

const longName = `${'n'.repeat(180)}.jpg`;

export function shard(folder: string): ParserTarget {
  const images = join(folder, 'images');
  mkdirSync(images, { recursive: true });
  for (const name of ['a.jpg', 'é.png', longName]) writeFileSync(join(images, name), name);
  const seeds = ['gnu', 'pax', 'ustar', 'v7'].map((format) => {
    const path = join(folder, `${format}.tar`);
    const names = format === 'ustar' || format === 'v7' ? ['a.jpg', 'é.png'] : ['a.jpg', longName, 'é.png'];
    execFileSync('tar', ['-C', images, `--format=${format}`, '-cf', path, ...names]);
    return readFileSync(path);
  });
  return {
    name: 'shard',
    seeds,
    textShare: 0.3,
    async run(bytes) {
      let members = 0;
      const pieces = (async function* () {
        yield bytes;
      })();
      for await (const member of tarMembers('file:///shard.tar', pieces, 0, bytes.length)) {
        const { name, offset, length } = member;
        if (!(offset >= 512 && length >= 0 && offset + length <= bytes.length))
          throw new PropertyError(`a member lies at ${offset}, ${length} bytes`);
        if (name.length > longestUri) throw new PropertyError(`a name of ${name.length} characters`);
        const again = memberOf(memberUri(member));
        if (again.offset !== offset || again.length !== length || again.shard !== 'file:///shard.tar')
          throw new PropertyError(`${memberUri(member)} names another member`);
        members++;
      }
      return members === 0 ? 'none' : 'ok';
    },
  };
}
