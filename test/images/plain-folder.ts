/** An image's steps, done in a plain folder in place of its root: builds it and starts its entry point as its user would. */
import { execFile } from 'node:child_process';
import { chmod, chown, copyFile, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repository } from '../parts/labelmill.ts';
import { environmentOfImage, imageOf, last, type Stage } from './dockerfile.ts';

const run = promisify(execFile);

export interface PlainImage {
  /** The entry point with these arguments, and its environment; as the image's user where we may become it. */
  command(
    args: readonly string[],
    env: NodeJS.ProcessEnv,
  ): { file: string; args: string[]; env: NodeJS.ProcessEnv };
  /** What HEALTHCHECK runs, with the port in the place of the image's own. */
  healthcheck(port: number): { file: string; args: string[] };
}

/** The user of the image where this is root, else whoever runs the tests. */
const user = process.getuid?.() === 0 ? 10_001 : null;

/**
 * @param root an empty folder that everyone may enter
 * @param source what stands for /src: a folder with the repository's files, packages installed
 */
export async function buildInPlainFolder(
  stages: readonly Stage[],
  target: string,
  root: string,
  source = repository,
): Promise<PlainImage> {
  const image = imageOf(stages, target);
  await steps(stages, `build-${target}`, source, root);
  const bin = join(root, 'usr/local/bin');
  await mkdir(bin, { recursive: true });
  await copyFile(process.execPath, join(bin, 'node'));
  await symlink(join(root, 'app/labelmill'), join(bin, 'labelmill'));
  const folders = [
    ...image
      .map(({ value }) => value)
      .join(' ')
      .matchAll(/install -d \S+ \S+ \S+ \S+ (\/\S+) (\/\S+)/g),
  ];
  for (const folder of folders.flatMap(([, ...names]) => names)) {
    await mkdir(join(root, folder), { recursive: true });
    if (user !== null) await chown(join(root, folder), user, user);
  }
  await chmod(root, 0o755);
  const own = Object.fromEntries(
    Object.entries(environmentOfImage(image)).map(([name, value]) => [
      name,
      value.replace(/^\//, `${root}/`),
    ]),
  );
  const [entry = ''] = JSON.parse(last(image, 'ENTRYPOINT') ?? '[]') as string[];
  const asUser = (file: string, args: readonly string[]) =>
    user === null
      ? { file, args: [...args] }
      : { file: 'setpriv', args: [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', file, ...args] };
  return {
    command: (args, env) => ({
      ...asUser(join(bin, entry), args),
      env: { PATH: `${bin}:/usr/bin:/bin`, ...own, ...env },
    }),
    healthcheck: (port) => {
      const words = JSON.parse(/CMD (\[.*)$/.exec(last(image, 'HEALTHCHECK') ?? '')?.[1] ?? '[]') as string[];
      const [, ...args] = words.map((word) => word.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`));
      return asUser(join(bin, 'node'), args);
    },
  };
}

/** The stage's own RUN lines, with `source` for /src and `<root>/app` for /app. */
export async function steps(
  stages: readonly Stage[],
  name: string,
  source: string,
  root: string,
): Promise<void> {
  const stage = stages.find((each) => each.name === name);
  for (const { name: instruction, value } of stage?.instructions ?? []) {
    if (instruction !== 'RUN') continue;
    const line = value.replaceAll(' /app', ` ${root}/app`);
    await run('sh', ['-c', line], { cwd: source, env: { ...process.env, CI: 'true' }, maxBuffer: 2 ** 26 });
  }
}
