import { describe, expect, it } from 'vitest';
import { ByteBudget, type Held } from './byte-budget.ts';

/** Asks for bytes; `granted` names who has them, in the order they got them. */
function asker(budget: ByteBudget) {
  const granted: string[] = [];
  const held = new Map<string, Held>();
  return {
    granted,
    held,
    async ask(name: string, bytes: number) {
      void budget.take(bytes).then((share) => {
        granted.push(name);
        held.set(name, share);
      });
      await settled();
    },
    async end(name: string) {
      held.get(name)?.[Symbol.dispose]();
      await settled();
    },
  };
}
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a budget of bytes', () => {
  it('is given out until it is used up, and again when something comes back', async () => {
    const { ask, end, granted } = asker(new ByteBudget(100));
    await ask('a', 60);
    await ask('b', 40);
    await ask('c', 1);
    expect(granted).toEqual(['a', 'b']);
    await end('b');
    expect(granted).toEqual(['a', 'b', 'c']);
  });

  it('lets nobody overtake: small ones that come later cannot starve a large one', async () => {
    const { ask, end, granted } = asker(new ByteBudget(100));
    await ask('a', 60);
    await ask('large', 80);
    await ask('small', 10);
    expect(granted).toEqual(['a']);
    await end('a');
    expect(granted).toEqual(['a', 'large', 'small']);
  });

  it('lets one that is larger than all of it in alone', async () => {
    const { ask, end, granted } = asker(new ByteBudget(100));
    await ask('a', 1);
    await ask('huge', 5000);
    await ask('b', 1);
    expect(granted).toEqual(['a']);
    await end('a');
    expect(granted).toEqual(['a', 'huge']);
    await end('huge');
    expect(granted).toEqual(['a', 'huge', 'b']);
  });

  it('takes back what turns out not to be needed, and nothing twice', async () => {
    const { ask, end, held, granted } = asker(new ByteBudget(100));
    await ask('a', 90);
    await ask('b', 50);
    held.get('a')?.shrink(50);
    await settled();
    expect(granted).toEqual(['a', 'b']);
    await end('a');
    await end('a');
    await ask('c', 51);
    expect(granted).toEqual(['a', 'b']);
    await end('b');
    expect(granted).toEqual(['a', 'b', 'c']);
  });
});
