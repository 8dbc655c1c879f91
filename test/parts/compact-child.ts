/**
 * Compacts a run into small files, so that there are several.
 *
 * usage: compact-child.ts FOLDER FORMAT BYTES GROUP_ROWS [DIE_AT], to die as by `kill -9` when so many records are done
 */
import { pathToFileURL } from 'node:url';
import { compactRun } from '@labelmill/shared/compact/compact-run';
import type { CompactFormat } from '@labelmill/shared/compact/record-encoder';
import { armCrashPoint } from '@labelmill/shared/crash-point';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openOperatorStores } from '@labelmill/shared/store/stores';

armCrashPoint(process.env.LABELMILL_CRASH_AT);
const [folder = '', format = '', bytes = '', groupRows = '', dieAt] = process.argv.slice(2);
const uri = `${pathToFileURL(folder).href}/`;
const stores = openOperatorStores(storeConfigSchema.parse({}));
const onProgress = (done: number) => {
  if (dieAt !== undefined && done >= Number(dieAt)) process.kill(process.pid, 'SIGKILL');
};
const small = { fileBytes: Number(bytes), groupRows: Number(groupRows), onProgress };
await compactRun(stores, uri, { format: format as CompactFormat, ...small });
