/** The users of Redis that the docs name, as k8s/redis-users.acl has them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from './labelmill.ts';

/** Name and rules for `ACL SETUSER`, with the password in its place. */
export async function documentedUser(
  name: 'labelmill' | 'labelmill-serve',
  password: string,
): Promise<string[]> {
  const file = await readFile(join(repository, 'k8s/redis-users.acl'), 'utf8');
  const line = file.split('\n').find((each) => each.startsWith(`user ${name} `)) ?? '';
  return line
    .replace(/>CHANGE-ME\S*/, `>${password}`)
    .split(' ')
    .slice(1);
}
