import { it } from 'vitest';
import { expectShardAsFolder } from './shard-as-folder.ts';

it(
  'a tar of 1,000 images labels the same as the folder it was made of',
  () => expectShardAsFolder(1_000),
  300_000,
);
