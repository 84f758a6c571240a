import { locale, t } from '.';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Units of relative times, and their lengths in seconds. */
const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
];

/** 12,345 */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** 12K */
export function formatCompact(value: number): string {
  return new Intl.NumberFormat(locale(), { notation: 'compact' }).format(value);
}

/** 23 November 2026 */
export function formatDate(time: string | Date): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'long' }).format(new Date(time));
}

export function formatDateTime(time: string | Date): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(time));
}

/** 3 days ago */
export function formatAgo(time: string | Date, now = Date.now()): string {
  const seconds = Math.max(0, (now - new Date(time).getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  for (const [unit, length] of UNITS) {
    if (seconds >= length) return format.format(-Math.floor(seconds / length), unit);
  }
  return t('time.now');
}

/** 1:02:03 */
export function formatDuration(seconds: number): string {
  const total = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(total / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  const rest = two(total % MINUTE);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** 1 hour 2 minutes 3 seconds, for screen readers */
export function formatDurationInWords(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const parts: [number, 'hour' | 'minute' | 'second'][] = [
    [Math.floor(total / HOUR), 'hour'],
    [Math.floor((total % HOUR) / MINUTE), 'minute'],
    [total % MINUTE, 'second'],
  ];
  const named = parts.filter(([value, unit]) => value > 0 || (unit === 'second' && total === 0));
  return named
    .map(([value, unit]) => new Intl.NumberFormat(locale(), { style: 'unit', unit, unitDisplay: 'long' }).format(value))
    .join(' ');
}

/** 12.3 MB */
export function formatBytes(count: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, count)) / 3)));
  return new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: units[step],
    unitDisplay: 'short',
    maximumFractionDigits: step < 2 ? 0 : 1,
  }).format(count / 1000 ** step);
}

export function formatPercent(fraction: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(fraction);
}

export const countViews = (count: number) => t('count.views', { count, n: formatCompact(count) });
export const countLikes = (count: number) => t('count.likes', { count, n: formatCompact(count) });
export const countSubscribers = (count: number) => t('count.subscribers', { count, n: formatCompact(count) });
export const countVideos = (count: number) => t('count.videos', { count, n: formatCompact(count) });
export const countComments = (count: number) => t('count.comments', { count, n: formatNumber(count) });
