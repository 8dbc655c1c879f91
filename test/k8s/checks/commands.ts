/** Commands, options and variables that labelmill does not have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandContext } from '@labelmill/cli/commands/context';
import { buildProgram } from '@labelmill/cli/program';
import { readSettings } from '@labelmill/cli/settings';
import { repository } from '../../parts/labelmill.ts';
import type { Manifest } from '../kustomize.ts';
import { containersOf, environmentOf, expanded, workloadsOf } from '../workloads.ts';

const documented = new Set(
  readFileSync(join(repository, 'docs/configuration.md'), 'utf8').match(/\bLABELMILL_[A-Z0-9_]+\b/g),
);

export function wrongCommands(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(({ name, podLabels, podSpec }) =>
    containersOf(podSpec)
      .filter(({ image }) => /(^|\/)labelmill-/.test(image))
      .flatMap((container) => {
        const environment = environmentOf(container, podLabels, manifests);
        const lines =
          container.command === undefined
            ? [expanded(container.args, environment)]
            : commandLines([...container.command, ...(container.args ?? [])].join('\n'));
        const wrong = lines.map(wrongCommand).filter((what) => what !== null);
        return [...wrong, ...wrongEnvironment(environment)].map(
          (what) => `${name}, ${container.name}: ${what}`,
        );
      }),
  );
}

/** The labelmill commands of a shell script, one a line at most. */
export function commandLines(script: string): string[][] {
  return [...script.matchAll(/(?:^|[\s{(])(?:\.\/)?labelmill ((?!-)[^\n&|;#]*)/g)].map(([, words = '']) =>
    (words.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^["']|["']$/g, '')),
  );
}

/** Why labelmill would refuse these arguments, or null. */
export function wrongCommand(words: readonly string[]): string | null {
  let command: ReturnType<typeof buildProgram> = buildProgram({} as CommandContext);
  let rest = [...words];
  for (;;) {
    const sub = command.commands.find((each) => each.name() === rest[0]);
    if (sub === undefined) break;
    command = sub;
    rest = rest.slice(1);
  }
  if (command.commands.length > 0) return `no command ${rest[0]}`;
  command.exitOverride().configureOutput({ writeErr: () => {} });
  try {
    const { operands, unknown } = command.parseOptions(rest);
    if (unknown.length > 0) return `${command.name()} has no option ${unknown[0]}`;
    const required = command.registeredArguments.filter((argument) => argument.required);
    if (operands.length < required.length) return `${command.name()} wants ${required[0]?.name()}`;
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function wrongEnvironment(environment: Readonly<Record<string, string>>): string[] {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('LABELMILL_') && !documented.has(name),
  );
  try {
    readSettings({ ...environment }, 0);
    return unknown.map((name) => `no setting ${name}`);
  } catch (error) {
    return [(error as Error).message];
  }
}
