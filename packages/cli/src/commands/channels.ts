import { InvalidArgumentError } from 'commander';

export type Channels = [red: number, green: number, blue: number];

/** `0.485,0.456,0.406` → three numbers. */
export function channels(value: string): Channels {
  const numbers = value.split(',').map(Number);
  if (numbers.length !== 3 || numbers.some((number) => !Number.isFinite(number))) {
    throw new InvalidArgumentError('three numbers are needed: red,green,blue.');
  }
  return numbers as Channels;
}
