/** Numbers and times as people read them. */
const whole = new Intl.NumberFormat('en');
const dateTime = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });

/** @param {number | null} value */
export function count(value) {
  return value === null ? '–' : whole.format(value);
}

/** @param {number} share */
export function percent(share) {
  const hundred = 100 * share;
  if (hundred > 0 && hundred < 0.1) return '<0.1 %';
  return `${hundred < 10 || hundred > 99.9 ? floor(hundred, 1) : Math.floor(hundred)} %`;
}

/**
 * Never 100 % before it is.
 * @param {number} value
 * @param {number} digits
 */
function floor(value, digits) {
  return String(Math.floor(value * 10 ** digits) / 10 ** digits);
}

/** @param {number} value */
export function rate(value) {
  return value >= 100 ? whole.format(Math.round(value)) : value.toFixed(1);
}

/** @param {string | null} iso */
export function when(iso) {
  return iso === null ? '–' : dateTime.format(new Date(iso));
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/**
 * A time on the clocks of another zone.
 * @param {string} iso
 * @param {string} timeZone IANA name
 */
export function whenIn(iso, timeZone) {
  const format = new Intl.DateTimeFormat('en', {
    ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    ...{ hourCycle: 'h23', timeZone, timeZoneName: 'short' },
  });
  return format.format(new Date(iso));
}
