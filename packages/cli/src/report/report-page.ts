/** The report: one HTML file that needs nothing else. It holds no script, and its policy would run none. */
import { createHash } from 'node:crypto';
import type { ContactSheet } from './contact-sheets.ts';
import { Html, html } from './html.ts';
import { errorsCard } from './report-errors.ts';
import { head, tiles } from './report-head.ts';
import { confidenceCard, labelsCard, truthCard } from './report-labels.ts';
import { modelCard, timeCard } from './report-model.ts';
import { sheetsCard } from './report-sheets.ts';
import { reportStyle } from './report-style.ts';
import type { RunFacts } from './run-facts.ts';

/** @param made when, for the footer */
export function reportPage(facts: RunFacts, sheets: readonly ContactSheet[], made: Date): string {
  const styleDigest = createHash('sha256').update(reportStyle).digest('base64');
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Run ${facts.run.id}</title>
<style>${new Html(reportStyle)}</style>
</head>
<body>
<main>
${head(facts)}
${tiles(facts)}
<div class="pair">${labelsCard(facts)}<div class="column">${confidenceCard(facts)}${truthCard(facts)}${timeCard(facts)}</div></div>
${errorsCard(facts)}
${sheetsCard(sheets, facts.labels.length)}
${modelCard(facts)}
<footer>Made by labelmill on ${made.toISOString().slice(0, 16).replace('T', ' ')} UTC from the run’s records. The counts are those of <code>labelmill verify</code>.</footer>
</main>
</body>
</html>
`.text;
}
