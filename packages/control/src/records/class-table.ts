export interface NamedClass {
  readonly id: string;
  readonly label: string;
}

/** As many as 16 bits tell apart; 0 is none. */
export const mostClasses = 65_535;

/** The classes that came first in any record of a run, numbered from 1 as they came. */
export class ClassTable {
  readonly #classes: NamedClass[];
  readonly #numbers = new Map<string, number>();

  constructor(classes: readonly NamedClass[] = []) {
    this.#classes = [...classes];
    for (const [place, { id }] of classes.entries()) this.#numbers.set(id, place + 1);
  }

  get all(): readonly NamedClass[] {
    return this.#classes;
  }

  /** The class's number, which it gets here if it is new; 0 where there are too many. */
  numberOf({ id, label }: NamedClass): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    if (this.#classes.length >= mostClasses) return 0;
    this.#classes.push({ id, label });
    this.#numbers.set(id, this.#classes.length);
    return this.#classes.length;
  }

  /** 0 where no record has it. */
  numberOfId(id: string): number {
    return this.#numbers.get(id) ?? 0;
  }

  named(number: number): NamedClass | null {
    return this.#classes[number - 1] ?? null;
  }

  /** Numbers of the classes whose id or name holds the text, whatever its case. */
  search(text: string): Set<number> {
    const wanted = text.toLowerCase();
    const found = this.#classes.flatMap(({ id, label }, place) =>
      id.toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted) ? [place + 1] : [],
    );
    return new Set(found);
  }
}
