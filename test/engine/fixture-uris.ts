/** URIs of the images that come with the repository. */
import { readdirSync } from 'node:fs';

const images = new URL('../fixtures/images/', import.meta.url);
const photos = new URL('../../examples/photos/', import.meta.url);

export const fixture = (name: string): URL => new URL(name, images);

export const photo = (name: string): URL => new URL(name, photos);

export const photoNames: readonly string[] = readdirSync(photos)
  .filter((name) => name.endsWith('.jpg'))
  .sort();
