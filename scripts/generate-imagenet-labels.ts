/**
 * Writes packages/models/data/imagenet-1k.json: the 1000 classes of ILSVRC in index order, their ids (WordNet 3.0
 * synsets) and lemmas.
 *
 *   node scripts/generate-imagenet-labels.ts <data.noun> <imagenet_classes.js>
 *
 * data.noun is WordNet's (Debian: wordnet-base 1:3.0-37, /usr/share/wordnet); imagenet_classes.js is
 * dist/imagenet_classes.js of @tensorflow-models/mobilenet 2.1.1, which knows the classes' names in order, but no ids.
 * The canonical order is that of the sorted ids, so where several synsets share a name, the class is the first one behind
 * its predecessor, fifteen exceptions aside. The checksum of the ONNX model zoo's synset.txt proves the result. `npm run format` afterwards.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** sha256 of synset.txt: one line per class, `<id> <lemma>, <lemma>, …`. */
const synsetsSha256 = 'acf75ef0abe89694b19056e0796401068b459c457baa30335f240c7692857355';

/** Where several synsets of one name fit in between the neighbours and the class is not the first of them. */
const chosen = new Set(
  (
    'n02815834 n02834397 n02879718 n02950826 n03045698 n03291819 n03478589 n03661043 n03782006 n03956157 ' +
    'n04111531 n04270147 n04275548 n10148035 n12144580'
  ).split(' '),
);

/** WordNet spells it as one word. */
const respelt = new Map([['jelly fish', 'jellyfish']]);

const [nounPath, classesPath] = process.argv.slice(2);
if (nounPath === undefined || classesPath === undefined) {
  throw new Error('usage: node scripts/generate-imagenet-labels.ts <data.noun> <imagenet_classes.js>');
}
const { IMAGENET_CLASSES: names } = createRequire(import.meta.url)(resolve(classesPath)) as {
  IMAGENET_CLASSES: Record<number, string>;
};
const synsets = readNouns(readFileSync(nounPath, 'utf8'));
const classes: { id: string; lemmas: string[] }[] = [];
for (let index = 0; index < 1000; index++) {
  const name = names[index] ?? '';
  const previous = classes.at(-1)?.id ?? '';
  const namesakes = synsets.get(respelt.get(name) ?? name)?.filter(({ id }) => id > previous) ?? [];
  const synset = namesakes.find(({ id }) => chosen.has(id)) ?? namesakes[0];
  if (synset === undefined) throw new Error(`class ${index} (${name}) has no synset behind ${previous}`);
  classes.push(synset);
}
const synsetLines = classes.map(({ id, lemmas }) => `${id} ${lemmas.join(', ')}\n`).join('');
const sha256 = createHash('sha256').update(synsetLines).digest('hex');
if (sha256 !== synsetsSha256) throw new Error(`these are not the published classes: sha256 ${sha256}`);
const rows = classes.map((row) => `  ${JSON.stringify(row)}`).join(',\n');
writeFileSync(new URL('../packages/models/data/imagenet-1k.json', import.meta.url), `[\n${rows}\n]\n`);

/**
 * Noun synsets by their lemmas joined with ", ", in the order of their ids. A line (man 5 wndb) is
 * `offset lex_filenum ss_type w_cnt(hex) {lemma lex_id}… p_cnt …`.
 */
function readNouns(text: string): Map<string, { id: string; lemmas: string[] }[]> {
  const byName = new Map<string, { id: string; lemmas: string[] }[]>();
  for (const line of text.split('\n')) {
    if (!/^\d{8} /.test(line)) continue;
    const [offset, , , wordCount = '', ...words] = line.split(' ');
    const lemmas = words
      .slice(0, 2 * Number.parseInt(wordCount, 16))
      .filter((_, place) => place % 2 === 0)
      .map((lemma) => lemma.replaceAll('_', ' '));
    const name = lemmas.join(', ');
    const synset = { id: `n${offset}`, lemmas };
    byName.set(name, [...(byName.get(name) ?? []), synset]);
  }
  return byName;
}
