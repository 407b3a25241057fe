/** Days as ISO texts, instants and durations in microseconds; results outside the years 1 to 9999 are null. */

const DATE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/;
const INSTANT = /^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,6}))?(?:Z|([+-])(0[0-9]|1[0-3]):([0-5][0-9]))$/;
const DURATION =
  /^P(?=[0-9T])(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?(?:T(?=[0-9])(?:([0-9]{1,7})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,6}))?S)?)?$/;

const MICROS_PER_DAY = 86_400_000_000n;
const LONGEST = 365_250n * MICROS_PER_DAY;
const FIRST_DAY = dayNumber(1, 1, 1);
const LAST_DAY = dayNumber(9999, 12, 31);
const FIRST = BigInt(FIRST_DAY) * MICROS_PER_DAY;
const LAST = (BigInt(LAST_DAY) + 1n) * MICROS_PER_DAY - 1n;
const FAR = 10_000_000;

/** The text itself where it names a day, else null. */
export function parseDate(text: unknown): string | null {
  return typeof text === "string" && parts(text) ? text : null;
}

export function parseInstant(text: unknown): bigint | null {
  const found = typeof text === "string" && !text.startsWith("9999") ? INSTANT.exec(text) : null;
  const day = found && parts(found[1] ?? "");
  if (!found || !day) return null;
  const [, , hours = "0", minutes = "0", seconds = "0", fraction = "", sign = "+", offHours = "0", offMinutes = "0"] = found;
  const offset = (sign === "-" ? -1 : 1) * (Number(offHours) * 60 + Number(offMinutes));
  const clock = (Number(hours) * 60 + Number(minutes) - offset) * 60 + Number(seconds);
  return BigInt(dayNumber(...day)) * MICROS_PER_DAY + BigInt(clock) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
}

export function parseDuration(text: unknown): bigint | null {
  const found = typeof text === "string" ? DURATION.exec(text) : null;
  if (!found) return null;
  const [, weeks = "0", days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] = found;
  const whole = ((BigInt(weeks) * 7n + BigInt(days)) * 24n + BigInt(hours)) * 3600n + BigInt(minutes) * 60n + BigInt(seconds);
  const length = whole * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
  return length <= LONGEST ? length : null;
}

export function shift(instant: bigint, length: bigint): bigint | null {
  const moved = instant + length;
  return FIRST <= moved && moved <= LAST ? moved : null;
}

export function daysBetween(start: string, end: string): number {
  return number(end) - number(start);
}

export function addDays(day: string, count: number | null): string | null {
  const moved = number(day) + (count ?? FAR);
  return count !== null && FIRST_DAY <= moved && moved <= LAST_DAY ? text(moved) : null;
}

/** The same day of another month, or that month's last. */
export function addMonths(day: string, count: number | null): string | null {
  const [year, month, date] = parts(day) ?? [1, 1, 1];
  const moved = year * 12 + month - 1 + (count ?? FAR);
  if (count === null || moved < 12 || moved > 9999 * 12 + 11) return null;
  const [y, m] = [Math.floor(moved / 12), (moved % 12) + 1];
  return text(dayNumber(y, m, Math.min(date, daysIn(y, m))));
}

/** Monday is 1. */
export function weekday(day: string): number {
  return ((((number(day) + 3) % 7) + 7) % 7) + 1;
}

/** Days and months that may be added: fewer than this. */
export const MOST_STEPS = FAR;

function number(day: string): number {
  return dayNumber(...(parts(day) ?? [1, 1, 1]));
}

function parts(day: string): [number, number, number] | null {
  const found = DATE.exec(day);
  if (!found) return null;
  const [year, month, date] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const real = year >= 1 && month >= 1 && month <= 12 && date >= 1 && date <= daysIn(year, month);
  return real ? [year, month, date] : null;
}

function daysIn(year: number, month: number): number {
  return dayNumber(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - dayNumber(year, month, 1);
}

/** Days since 1970-01-01. `Date.UTC` takes the years 0 to 99 for 1900 to 1999; `setUTCFullYear` does not. */
function dayNumber(year: number, month: number, date: number): number {
  return Math.round(new Date(0).setUTCFullYear(year, month - 1, date) / 86_400_000);
}

function text(days: number): string {
  const [year, rest] = splitYear(new Date(days * 86_400_000).toISOString());
  return `${year.padStart(4, "0")}-${rest}`;
}

function splitYear(iso: string): [string, string] {
  return [iso.slice(0, 4), iso.slice(5, 10)];
}
