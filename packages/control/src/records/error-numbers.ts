import { imageErrorCodes } from '@labelmill/shared/errors';

/** Codes of error records by their number in a row; `unreadable` is a line that is no record. */
export const errorNames: readonly string[] = ['', ...Object.keys(imageErrorCodes), 'unreadable'];

export function errorNumber(code: string): number {
  const number = errorNames.indexOf(code);
  return number > 0 ? number : errorNames.length - 1;
}
