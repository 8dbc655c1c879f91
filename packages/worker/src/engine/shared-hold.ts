/** What several use together is given back when the last of them lets go; whoever made it is the first. */
export class SharedHold implements Disposable {
  readonly #giveBack: () => void;
  #users = 1;

  constructor(giveBack: () => void) {
    this.#giveBack = giveBack;
  }

  /** One user more, to be disposed of once. */
  share(): Disposable {
    this.#users += 1;
    return { [Symbol.dispose]: () => this.#letGo() };
  }

  [Symbol.dispose](): void {
    this.#letGo();
  }

  #letGo(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#giveBack();
  }
}
