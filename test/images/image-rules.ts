/** What a Dockerfile must keep, since nothing here builds it: one line for each rule that is broken. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { wrongCommand } from '../k8s/checks/commands.ts';
import { repository } from '../parts/labelmill.ts';
import { baseOf, environmentOfImage, imageOf, last, type Stage, stagesOf } from './dockerfile.ts';

export interface Versions {
  /** devDependency `node`. */
  readonly node: string;
  readonly pnpm: string;
}

const targets = ['producer', 'worker-cpu', 'worker-cuda'];

export function brokenRules(text: string, versions: Versions): string[] {
  const stages = stagesOf(text);
  const names = stages.map(({ name }) => name);
  return [
    ...targets.filter((name) => !names.includes(name)).map((name) => `no target ${name}`),
    ...stages.flatMap((stage) => wrongSteps(stage, names, versions)),
    ...targets.flatMap((name) => wrongImage(stages, name).map((what) => `${name}: ${what}`)),
  ];
}

function wrongSteps({ name, from, instructions }: Stage, names: string[], versions: Versions): string[] {
  const found: string[] = [];
  const say = (what: string) => found.push(`${name}: ${what}`);
  if (!names.includes(from)) {
    if (!/:(?!latest)[\w.-]+$/.test(from)) say(`${from} has no fixed tag`);
    const node = /^node:([\d.]+)-/.exec(from)?.[1];
    if (node !== undefined && node !== versions.node)
      say(`Node ${node}, but ${versions.node} is what tests run`);
  }
  for (const { name: instruction, value } of instructions) {
    if (instruction === 'ADD') say('ADD fetches and unpacks unchecked: COPY');
    if (/(PASSWORD|SECRET|TOKEN|ACCESS_KEY)[A-Z_]*=/.test(value)) say('a secret in a layer');
    for (const [, pnpm] of value.matchAll(/pnpm@(\S+)/g)) {
      if (pnpm !== versions.pnpm) say(`pnpm ${pnpm}, but setup.sh has ${versions.pnpm}`);
    }
    if (/pnpm@\S+ install/.test(value) && !value.includes('--frozen-lockfile'))
      say('an install without the lock');
    if (instruction !== 'COPY') continue;
    const [, stage] = /^--from=(\S+)/.exec(value) ?? [];
    if (stage !== undefined && !names.includes(stage)) say(`copies from ${stage}, which is no stage`);
    const sources = value.split(/\s+/).slice(0, -1);
    if (stage === undefined) {
      for (const source of sources) if (!existsSync(join(repository, source))) say(`no ${source} to copy`);
    }
  }
  return found;
}

function wrongImage(stages: readonly Stage[], name: string): string[] {
  const image = imageOf(stages, name);
  const found: string[] = [];
  const environment = environmentOfImage(image);
  if (!/^[1-9]\d*(:[1-9]\d*)?$/.test(last(image, 'USER') ?? '')) found.push('its user is no number above 0');
  if (last(image, 'ENTRYPOINT') !== '["labelmill"]')
    found.push('its entry point is not labelmill: signals would not reach it');
  const own = image.filter(
    ({ name: instruction, value }) => instruction === 'COPY' && value.endsWith('/app /app'),
  );
  if (own.length !== 1 || own[0]?.value !== `--from=build-${name} /app /app`)
    found.push('does not hold its own build');
  if (environment.NODE_ENV !== 'production') found.push('NODE_ENV is not production');
  for (const folder of [environment.XDG_CACHE_HOME, environment.LABELMILL_MODELS]) {
    if (!image.some(({ value }) => value.includes('install -d -o 10001') && value.includes(folder ?? '\0')))
      found.push(`${folder} is not the user's`);
  }
  found.push(...wrongStart(last(image, 'CMD'), last(image, 'HEALTHCHECK'), last(image, 'EXPOSE')));
  const cuda = name === 'worker-cuda';
  if (cuda !== /cuda:13\..*-cudnn-runtime-/.test(baseOf(stages, name)))
    found.push('CUDA 13 with cuDNN is for worker-cuda alone');
  if (cuda !== (environment.LABELMILL_PROVIDER === 'cuda')) found.push('runs where it should not');
  return found;
}

function wrongStart(cmd = '[]', healthcheck = '', port = ''): string[] {
  const found: string[] = [];
  const words = JSON.parse(cmd) as string[];
  const wrong = wrongCommand(words);
  if (wrong !== null) found.push(wrong);
  if (!words.includes(port)) found.push(`exposes ${port}, which its command does not listen on`);
  const path = words[0] === 'worker' ? '/livez' : '/';
  if (!healthcheck.includes(`http://127.0.0.1:${port}${path}'`))
    found.push('its health check asks something else');
  return found;
}
