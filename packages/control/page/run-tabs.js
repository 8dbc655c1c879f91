import { h } from './dom.js';

/**
 * @param {string} run
 * @param {'overview' | 'images'} current
 */
export function runTabs(run, current) {
  const id = encodeURIComponent(run);
  /** @type {[string, string, string][]} */
  const tabs = [
    ['overview', `#/run/${id}`, 'Overview'],
    ['images', `#/images/${id}`, 'Images'],
  ];
  return h(
    'nav',
    { class: 'tabs', 'aria-label': 'Run' },
    ...tabs.map(([name, href, text]) =>
      h('a', { href, 'aria-current': name === current ? 'page' : null }, text),
    ),
  );
}
