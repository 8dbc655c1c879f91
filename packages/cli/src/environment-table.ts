/** The reference of the settings, as Markdown, from their schema. */
import { z } from 'zod';
import { environmentSchema } from './environment.ts';

/** What of JSON Schema our settings use. */
interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly default?: string | number | boolean;
}

/** One row for each variable: name, values, default, meaning. */
export function environmentTable(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const { meaning, unset } = schema.meta() ?? {};
    const shape = z.toJSONSchema(schema, { unrepresentable: 'any' }) as Shape;
    const preset = shape.default === undefined ? unset : code(shape.default);
    if (typeof meaning !== 'string' || typeof preset !== 'string')
      throw new Error(`${name}: its meaning, or what holds without it, is missing`);
    return [`\`${name}\``, values(shape), preset, meaning];
  });
  const lines = [['variable', 'values', 'default', 'meaning'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function values({ type, format, minimum, exclusiveMinimum, maximum, ...shape }: Shape): string {
  if (shape.enum !== undefined) return shape.enum.map(code).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (format === 'uri') return 'a URL';
  if (type !== 'integer' && type !== 'number') return type === 'string' ? 'text' : 'a list, with commas';
  const least = exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
  return `${type === 'integer' ? 'a whole number' : 'a number'} from ${least}${most}`;
}

function code(value: string | number | boolean): string {
  return `\`${value}\``;
}
