/** A Dockerfile as stages of instructions: as much of the format as this one uses. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../parts/labelmill.ts';

export interface Instruction {
  /** `RUN`, `COPY`, … */
  readonly name: string;
  readonly value: string;
}

export interface Stage {
  readonly name: string;
  /** What it starts from: an image, or another stage. */
  readonly from: string;
  readonly instructions: readonly Instruction[];
}

export function dockerfileText(): Promise<string> {
  return readFile(join(repository, 'Dockerfile'), 'utf8');
}

/** @throws Error where a line is no instruction, or a stage has no name */
export function stagesOf(text: string): Stage[] {
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string; from: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, value] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`no instruction: ${line}`);
    if (name === 'FROM') {
      const [, from, stage] = /^(\S+) AS (\S+)$/.exec(value) ?? [];
      if (from === undefined || stage === undefined) throw new Error(`a stage without a name: ${line}`);
      stages.push({ name: stage, from, instructions: [] });
    } else if (stages.length === 0) throw new Error(`before the first stage: ${line}`);
    else stages.at(-1)?.instructions.push({ name, value });
  }
  return stages;
}

/** The instructions that make a stage's image, those of the stages it starts from first. */
export function imageOf(stages: readonly Stage[], name: string): readonly Instruction[] {
  const stage = stages.find((each) => each.name === name);
  if (stage === undefined) return [];
  return [...imageOf(stages, stage.from), ...stage.instructions];
}

/** The image outside of this file from which a stage comes in the end. */
export function baseOf(stages: readonly Stage[], name: string): string {
  const stage = stages.find((each) => each.name === name);
  return stage === undefined ? name : baseOf(stages, stage.from);
}

/** The value of the last instruction of a name: that one counts. */
export function last(instructions: readonly Instruction[], name: string): string | undefined {
  return instructions.findLast((each) => each.name === name)?.value;
}

/** `ENV` of an image. */
export function environmentOfImage(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === 'ENV').flatMap(({ value }) => value.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=', 2)));
}
