/** One metric by its name: what it means, and how it is read from what a process knows of itself. */
export interface MetricFamily<Snapshot> {
  /** With its unit, by Prometheus' conventions. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly labels: readonly string[];
  samples(snapshot: Snapshot): readonly MetricSample[];
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One sample for each entry, with its key as the label. */
export function samplesBy(label: string, values: Readonly<Record<string, number>>): MetricSample[] {
  return Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
}
