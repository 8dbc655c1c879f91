import { CsvError } from 'csv-parse';

/**
 * What is wrong with a CSV file, and where; null for any other error. The package's own message holds what stands there:
 * up to a whole record of it, signed URLs included.
 */
export function csvFault(error: unknown): string | null {
  if (!(error instanceof CsvError)) return null;
  return `line ${error.lines}: ${error.code.toLowerCase().replaceAll('_', ' ')}`;
}
