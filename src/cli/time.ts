// Durations and times as a person writes and reads them.

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90s`, `15m`, `1h` or `1d` in seconds; undefined for anything else, and for no time at all. */
export const secondsOf = (text: string): number | undefined => {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS[unit] ?? 0);
  return seconds > 0 ? seconds : undefined;
};

/** `45 s`, `12 min`, `3 h 20 min` */
export const spell = (seconds: number): string => {
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
};

/** `2026-11-22T18:00:00Z (in 55 min)`; whatever is no time is shown as it is. */
export const moment = (seconds: number, now: number): string => {
  const time = new Date(seconds * 1_000);
  if (Number.isNaN(time.getTime())) return String(seconds);
  const away = seconds - now / 1_000;
  const distance = away >= 0 ? `in ${spell(away)}` : `${spell(-away)} ago`;
  return `${time.toISOString().replace('.000Z', 'Z')} (${distance})`;
};
