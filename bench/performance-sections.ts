/** docs/performance.md as text: one section for each bench, filled or said to be not measured. */
import { passes, shownBar, shownFigure, type WrittenReport } from './report.ts';

interface Section {
  /** File in bench/out and bench/results, without `.json`. */
  readonly name: string;
  readonly title: string;
  readonly command: string;
  /** What else there is to do. */
  readonly where?: string;
  /** Why there may be no figures. */
  readonly absent?: string;
}

const run = 'node --conditions=source bench';

export const sections: readonly Section[] = [
  {
    name: 'end-to-end',
    title: 'End to end against the limit of the machine',
    command: `${run}/end-to-end/main.ts PHOTOS`,
  },
  {
    name: 'end-to-end-s3',
    title: 'End to end from S3',
    command: `${run}/end-to-end/main.ts PHOTOS --from s3`,
  },
  {
    name: 'shards',
    title: 'A tar shard beside the same photos as objects of their own',
    command: `${run}/shards/main.ts PHOTOS`,
  },
  { name: 's3-get', title: 'A GET from S3', command: `${run}/s3-get/main.ts PHOTOS` },
  { name: 'peers', title: 'Beside what people would use instead', command: `${run}/peers/main.ts PHOTOS` },
  { name: 'decode', title: 'Decoding beside Pillow', command: `${run}/decode/main.ts PHOTOS` },
  { name: 'enqueue', title: 'Enqueueing from a local manifest', command: `${run}/enqueue/main.ts` },
  { name: 'merge', title: 'Only what changed: the merge', command: `${run}/merge/main.ts` },
  {
    name: 'compact',
    title: 'Compaction',
    command: `${run}/compact/main.ts RUN`,
    where: 'over a RUN that `bench/compact/write-run.ts` made',
  },
  { name: 'queue', title: 'Queue and ledger alone', command: `${run}/queue/main.ts` },
  { name: 'soak', title: 'Memory over a long time', command: `${run}/soak/main.ts PHOTOS` },
  { name: 'recovery', title: 'Deaths and outages', command: `${run}/recovery/main.ts` },
  { name: 'gallery', title: 'The gallery of a large run', command: `${run}/gallery/main.ts` },
  { name: 'start-up', title: 'Start-up', command: `${run}/start-up/main.ts` },
  {
    name: 'gpu',
    title: 'On a GPU',
    command: `${run}/gpu/pack.ts OUT`,
    where: 'on the machine with the GPU then what it says',
    absent: 'no GPU was at hand',
  },
  { name: 'load', title: 'Loading a model', command: `${run}/load/main.ts` },
  { name: 'memory', title: 'Memory to make models', command: `${run}/memory/main.ts PHOTOS` },
];

/** @param reports what the bench of this name left, one for each machine */
export async function performancePage(
  reports: (name: string) => Promise<readonly WrittenReport[]>,
): Promise<string> {
  const parts = [
    '# Performance',
    'Written by `bench/performance-page.ts` from what the benches measured; nothing here is typed by hand. Each figure is a ratio against a limit or a peer measured in the same run. PHOTOS is a folder of photos; `bench/enlarge-photos.ts` makes more of them.',
  ];
  for (const section of sections) parts.push(...sectionParts(section, await reports(section.name)));
  return `${parts.join('\n\n')}\n`;
}

function sectionParts(
  { title, command, where, absent }: Section,
  reports: readonly WrittenReport[],
): string[] {
  const heading = `## ${title}`;
  if (reports.length > 0) return [heading, ...reports.flatMap(reportParts)];
  const why = absent === undefined ? '' : `: ${absent}`;
  return [heading, `Not measured${why}. Command: \`${command}\`${where === undefined ? '' : `, ${where}`}.`];
}

function reportParts(report: WrittenReport): string[] {
  const { machine, measured, about, command, columns, rows, checks } = report;
  const parts = [
    `${about} On ${machine.cores} cores (${machine.cpu}), ${measured}. Command: \`${command}\`.`,
    table(columns, rows),
  ];
  if (checks.length > 0) {
    parts.push(
      table(
        ['what', 'bar', 'measured', ''],
        checks.map((check) => [
          check.what,
          shownBar(check),
          shownFigure(check.figure),
          passes(check) ? 'reached' : 'missed',
        ]),
      ),
    );
  }
  return parts;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
