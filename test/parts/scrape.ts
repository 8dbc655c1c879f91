/** Reads a process's `/metrics` as Prometheus does: the text format, version 0.0.4. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  readonly samples: readonly Sample[];
  /** The one sample of this name with these labels. */
  value(name: string, labels?: Readonly<Record<string, string | undefined>>): number;
}

/** Asks until the process answers and `until` holds. */
export async function scrape(port: number, until: (samples: Sample[]) => boolean): Promise<Scrape> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => null);
    const samples = answer?.ok ? parse(await answer.text()) : null;
    if (samples !== null && until(samples)) {
      return { samples, value: (name, labels = {}) => only(samples, name, labels) };
    }
    await delay(20);
  }
}

function only(samples: Sample[], name: string, labels: Readonly<Record<string, string | undefined>>): number {
  const found = samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length !== 1)
    throw new Error(`${found.length} samples of ${name} with ${JSON.stringify(labels)}, not one`);
  return found[0]!.value;
}

function parse(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined) throw new Error(`no sample: ${line}`);
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
      return { name, labels: Object.fromEntries(pairs), value: Number(value) };
    });
}
