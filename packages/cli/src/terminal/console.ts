/** What commands need of the terminal; handed to them by main.ts. */
export interface Console {
  /** Results, for people or (`--json`) programs. */
  readonly out: (line: string) => void;
  /** Progress, notes and warnings. */
  readonly note: (line: string) => void;
  /** Where progress may be drawn in place; null when stderr is no terminal. */
  readonly screen: NodeJS.WriteStream | null;
}
