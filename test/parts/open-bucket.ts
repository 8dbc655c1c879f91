import { connectS3 } from '@labelmill/shared/store/s3-connection';
import type { Ceph } from './ceph.ts';

/** Creates an empty bucket in which everyone may do everything, unsigned requests included, and names it. */
export async function openBucket(ceph: Ceph): Promise<string> {
  const bucket = await ceph.freshBucket();
  const { sdk, client } = await connectS3(ceph.config, 1);
  const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: resources };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new sdk.PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  client.destroy();
  return bucket;
}
