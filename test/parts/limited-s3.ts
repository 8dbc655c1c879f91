/** A user of the tests' Ceph who may do what docs/s3-policy.json allows, and nothing else. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectS3 } from '@labelmill/shared/store/s3-connection';
import { type Ceph, createUser } from './ceph.ts';
import { repository } from './labelmill.ts';

interface Statement {
  readonly Sid: string;
  readonly Resource: readonly string[];
}

export interface LimitedS3 {
  /** Fresh buckets, in the places of the policy's. */
  readonly images: string;
  readonly runs: string;
  readonly credentials: Record<string, string>;
  /** For the environment of a command. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes the rights of one statement of the policy away. */
  withdraw(sid: string): Promise<void>;
}

/** Null where users cannot be made: the Ceph is one that ran already. */
export async function limitedS3(ceph: Ceph): Promise<LimitedS3 | null> {
  const name = `limited-${randomBytes(4).toString('hex')}`;
  const credentials = await createUser(name);
  if (credentials === null) return null;
  const [images, runs] = await Promise.all([ceph.freshBucket(), ceph.freshBucket()]);
  // Ceph's users have no policies of their own that its S3 side could set: each bucket gets its part of the document.
  const text = await readFile(join(repository, 'docs/s3-policy.json'), 'utf8');
  const document = JSON.parse(text.replaceAll('IMAGES', images).replaceAll('RUNS', runs));
  const Principal = { AWS: [`arn:aws:iam:::user/${name}`] };
  const allow = async (isAllowed: (statement: Statement) => boolean) => {
    const { sdk, client } = await connectS3(ceph.config, 1);
    for (const bucket of [images, runs]) {
      const Statement = document.Statement.filter(
        (each: Statement) => each.Resource[0]?.includes(bucket) && isAllowed(each),
      ).map((each: Statement) => ({ ...each, Principal }));
      const Policy = JSON.stringify({ ...document, Statement });
      await client.send(new sdk.PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    }
    client.destroy();
  };
  await allow(() => true);
  const env = { ...ceph.env, ...credentials };
  return { images, runs, credentials, env, withdraw: (sid) => allow(({ Sid }) => Sid !== sid) };
}
