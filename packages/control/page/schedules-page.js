/** What is labelled again and again: when next, what became of it last; to pause, resume, or run now. */
import { get, post } from './api.js';
import { h } from './dom.js';
import { count, duration, whenIn } from './format.js';
import { keepsFocus, poll } from './poll.js';
import { stateTag } from './runs-page.js';

/** @typedef {import('../src/api-schema.ts').ScheduleView} ScheduleView */
/** @typedef {NonNullable<ScheduleView['lastRun']>} LastRun */

const lookEveryMs = 2_000;
const minuteMs = 60_000;

/** @type {import('./main.js').View} */
export async function showSchedules(main, signal) {
  document.title = 'Schedules – labelmill';
  const said = h('p', { class: 'said-back', role: 'status' });
  const list = h('div', { class: 'schedules' });
  main.replaceChildren(h('div', { class: 'run-top' }, h('h1', {}, 'Schedules'), said), list);

  /** @type {Act} */
  const act = async (name, action, done) => {
    said.replaceChildren('…');
    try {
      await post(`/schedules/${encodeURIComponent(name)}/${action}`);
      said.replaceChildren(`${name} ${done}`);
    } catch (error) {
      said.replaceChildren(error instanceof Error ? error.message : String(error));
    }
    looking.again();
  };
  const looking = poll(
    list,
    signal,
    lookEveryMs,
    // How long it is until then is said anew each minute.
    async () => ({
      schedules: (await get('/schedules', signal)).schedules,
      minute: Math.floor(Date.now() / minuteMs),
    }),
    ({ schedules }) =>
      schedules.length === 0
        ? [noSchedules()]
        : schedules.map((/** @type {ScheduleView} */ schedule) => card(schedule, act)),
  );
  await looking.ended;
}

/** @typedef {(name: string, action: 'pause' | 'resume' | 'run', done: string) => Promise<void>} Act */

function noSchedules() {
  return h(
    'div',
    { class: 'notice' },
    h('p', {}, 'No schedules yet. This one labels each night what has changed:'),
    h(
      'pre',
      { tabindex: '0', 'aria-label': 'Command' },
      h(
        'code',
        {},
        "labelmill schedule add nightly --cron '0 3 * * *' --tz Europe/Berlin \\\n  --source s3://bucket/photos/ --out s3://bucket/labels/ --only changed",
      ),
    ),
    h('p', {}, h('code', {}, 'labelmill producer'), ' carries schedules out.'),
  );
}

/**
 * @param {ScheduleView} schedule
 * @param {Act} act
 */
function card(schedule, act) {
  const { name, cron, timeZone, paused, lastRun, overlap } = schedule;
  const waits =
    overlap === 'skip' &&
    lastRun?.state !== null &&
    ['listing', 'running', 'paused'].includes(lastRun?.state ?? '');
  return h(
    'section',
    { class: 'card schedule', 'aria-labelledby': `schedule-${name}` },
    h(
      'div',
      { class: 'schedule-top' },
      h('h2', { id: `schedule-${name}` }, name),
      h('span', { class: paused ? 'state paused' : 'state active' }, paused ? 'paused' : 'active'),
      h(
        'div',
        { class: 'buttons' },
        button(name, 'Run now', () => act(name, 'run', 'is due now')),
        paused
          ? button(name, 'Resume', () => act(name, 'resume', 'goes on'))
          : button(name, 'Pause', () => act(name, 'pause', 'is paused')),
      ),
    ),
    h(
      'dl',
      { class: 'figures small' },
      figure('next run', ...nextRun(schedule)),
      figure('last run', ...(lastRun === null ? ['none yet'] : lastOutcome(lastRun))),
      figure('cron', h('code', {}, cron), h('span', { class: 'hint' }, timeZone)),
    ),
    waiting(schedule),
    waits
      ? h('p', { class: 'hint' }, 'Its last run has not ended: until it has, it is left out when it is due.')
      : null,
    schedule.failure === null
      ? null
      : h(
          'p',
          { class: 'notice failure' },
          h('strong', {}, `Failed on ${whenIn(schedule.failure.at, timeZone)}: `),
          schedule.failure.message,
        ),
    facts(schedule),
  );
}

/**
 * @param {string} name
 * @param {string} text
 * @param {() => void} onclick
 */
function button(name, text, onclick) {
  // Pause and Resume take each other's place, and the focus stays there.
  const place = text === 'Run now' ? 'run' : 'hold';
  return h(
    'button',
    { type: 'button', 'aria-label': `${text}: ${name}`, [keepsFocus]: `${place} ${name}`, onclick },
    text,
  );
}

/**
 * @param {string} name
 * @param {...(Node | string | null)} value
 */
function figure(name, ...value) {
  return h('div', {}, h('dt', {}, name), h('dd', {}, ...value));
}

/** @param {ScheduleView} schedule */
function nextRun({ next, paused, timeZone }) {
  if (paused || next === null) return ['none while it is paused'];
  const seconds = (Date.parse(next) - Date.now()) / 1000;
  return [
    whenIn(next, timeZone),
    seconds <= 0
      ? null
      : h('span', { class: 'hint' }, `in ${seconds < 60 ? 'less than a minute' : duration(seconds)}`),
  ];
}

/** @param {LastRun} last */
function lastOutcome({ id, state, ok, error, carried, images, shown }) {
  const link = h('a', { href: `#/run/${id}`, [keepsFocus]: `run ${id}` }, id);
  const toLabel = images === null ? null : images - (carried ?? 0);
  const others = carried ? `${count(carried)} carried, ` : '';
  const labelled = ok === null ? '' : ` ${count(ok)} of ${count(toLabel)} labelled, ${others}`;
  const errors = error === 1 ? '1 error' : `${error === 0 ? 'no' : count(error)} errors`;
  return [
    h('span', { class: 'id' }, shown ? link : id),
    state === null
      ? h('span', { class: 'hint' }, 'nothing of it is left')
      : h(
          'span',
          { class: 'hint' },
          stateTag(state),
          labelled,
          ok === null ? '' : h('span', error ? { class: 'bad' } : {}, errors),
        ),
  ];
}

/** @param {ScheduleView} schedule */
function waiting({ waiting: due }) {
  return due
    ? h(
        'p',
        { class: 'notice' },
        'It is due, and nothing has begun with it: start ',
        h('code', {}, 'labelmill producer'),
        ', which carries schedules out.',
      )
    : null;
}

/** @param {ScheduleView} schedule */
function facts({ source, model, output, onlyChanged, overlap }) {
  /** @type {[string, string][]} */
  const rows = [
    ['source', source],
    ['labels', onlyChanged ? 'only what has changed since its last run' : 'all of it'],
    ['model', model],
    ['runs in', output],
    ['overlap', overlap === 'skip' ? 'left out while its run before goes on' : 'runs may overlap'],
  ];
  return h(
    'dl',
    { class: 'facts' },
    ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}
