import { readRun } from '@labelmill/shared/run/run-files';
import { openOperatorStores } from '@labelmill/shared/store/stores';
import { joinUri, toUri } from '@labelmill/shared/store/uri';
import { ThumbnailMaker } from '@labelmill/worker/pictures/thumbnail-maker';
import { fileRootsFor } from '../local/file-roots.ts';
import { contactSheets, thumbnailSize } from '../report/contact-sheets.ts';
import { reportPage } from '../report/report-page.ts';
import { rightAnswers } from '../report/report-truth.ts';
import { runFacts } from '../report/run-facts.ts';
import { asTyped } from '../terminal/as-typed.ts';
import { StepProgress } from '../terminal/step-progress.ts';
import type { CommandContext } from './context.ts';
import { runFolderOf } from './run-folder-of.ts';

export interface ReportOptions {
  readonly out: string;
  readonly truth?: string;
  readonly synsets?: string;
  readonly json?: boolean;
}

const reading = { title: 'reading the records', unit: 'images' };
const picturing = { title: 'making thumbnails', unit: 'images' };

/** `labelmill report RUN`: one HTML file of what the run found, beside a local run, else in the current folder. */
export async function report(name: string, options: ReportOptions, context: CommandContext): Promise<void> {
  const { console, settings, stop } = context;
  await using stores = openOperatorStores(settings.stores);
  const folder = runFolderOf(name, options.out, context.cwd);
  const store = stores.for(folder);
  const run = await readRun(store, folder);
  const { truth, synsets } = options;
  const rightOf =
    truth === undefined
      ? null
      : await rightAnswers({ truth, ...(synsets === undefined ? {} : { synsets }) }, run, stores, context);
  using progress = new StepProgress(console);
  progress.show(reading, 0, null);
  const facts = await runFacts(stores, folder, rightOf, (images) => progress.show(reading, images, null));
  const local = folder.startsWith('file:');
  const { fileRoots: configured } = settings.stores;
  // A run in a bucket may be anyone's: what it names on this machine is shown only where that is allowed.
  const fileRoots = local ? fileRootsFor(run.source, configured) : configured;
  await using maker = new ThumbnailMaker({
    stores: { ...settings.stores, fileRoots },
    limits: settings.limits,
    size: thumbnailSize,
    bounds: settings.engineBounds,
    env: context.env,
  });
  const sheets = await contactSheets(facts.labels, maker, stop, (done, all) =>
    progress.show(picturing, done, all),
  );
  const page = Buffer.from(reportPage(facts, sheets, new Date()));
  const uri = local ? joinUri(folder, 'report.html') : toUri(`${run.id}.report.html`, context.cwd);
  await stores.for(uri).replace(uri, page);
  progress[Symbol.dispose]();
  const { listed, ok, error } = facts;
  if (options.json)
    console.out(JSON.stringify({ run: run.id, report: uri, bytes: page.length, listed, ok, error }));
  else console.out(`report: ${asTyped(uri)} (${Math.ceil(page.length / 1000)} kB; open it in a browser)`);
}
