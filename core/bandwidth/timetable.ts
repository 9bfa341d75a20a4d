/** Rates that change with the time of the week, by the local time of the machine. */
import { OrbitError } from "#core/errors.ts";
import { parseByteSize } from "#core/sizes.ts";

/** From this minute of the week on, counted from Sunday 00:00. */
export interface Change {
  minute: number;
  /** No limit when absent. */
  bytesPerSecond?: number;
}

/**
 * Changes in the order of their minutes; the last one of the week holds into the next. No limit
 * when there are none.
 */
export type Timetable = readonly Change[];

const DAY_MINUTES = 24 * 60;
const WEEK_MINUTES = 7 * DAY_MINUTES;

/** As `Date.getDay` counts them. */
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The least limit: with less, content comes so slowly that its ends take each other for dead. */
export const LEAST_RATE = 512;
const MAX_ENTRIES = 256;
const MAX_LENGTH = 8192;

/** The limit at a moment, in milliseconds since 1970; undefined for none. */
export function rateAt(timetable: Timetable, nowMs: number): number | undefined {
  if (timetable.length === 0) return undefined;
  const now = new Date(nowMs);
  const minute = now.getDay() * DAY_MINUTES + now.getHours() * 60 + now.getMinutes();
  const change = timetable.findLast((change) => change.minute <= minute) ?? timetable.at(-1)!;
  return change.bytesPerSecond;
}

/** The highest limit of the week; undefined when there is none at some time. */
export function greatestRate(timetable: Timetable): number | undefined {
  const rates = timetable.map(({ bytesPerSecond = Infinity }) => bytesPerSecond);
  const greatest = rates.length === 0 ? Infinity : Math.max(...rates);
  return greatest === Infinity ? undefined : greatest;
}

/** The same limit at all times. */
export function always(bytesPerSecond: number | undefined): Timetable {
  return bytesPerSecond === undefined ? [] : [{ minute: 0, bytesPerSecond }];
}

/**
 * The limits of a job, which are a rate or a text for {@linkcode parseTimetable}.
 *
 * @throws {OrbitError} `invalid` as that.
 */
export function timetableOf(
  { bytesPerSecond, bandwidth }: { bytesPerSecond?: number; bandwidth?: string },
): Timetable {
  return bandwidth === undefined ? always(bytesPerSecond) : parseTimetable(bandwidth);
}

/**
 * A rate in rsync's notation: `512` and `512k` are KiB a second, `10M` MiB; `0` and `off` are no
 * limit. NaN for what is none, or less than {@linkcode LEAST_RATE}.
 */
export function parseRateText(text: string): number | undefined {
  if (text.toLowerCase() === "off") return undefined;
  const rate = parseByteSize(text, "k");
  if (rate === 0) return undefined;
  return rate >= LEAST_RATE && rate <= Number.MAX_SAFE_INTEGER ? rate : NaN;
}

/** Minutes since midnight of `HH:MM`, up to `24:00`; NaN for what is none. */
export function parseTimeOfDay(text: string): number {
  const match = /^(\d\d):(\d\d)$/.exec(text);
  if (match === null) return NaN;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  return minute < 60 && hour * 60 + minute <= DAY_MINUTES ? hour * 60 + minute : NaN;
}

/** Days such as `mon`, `mon-fri`, `sat-sun` or `mon,wed-fri`, Sunday as 0; none for what is none. */
export function parseDays(text: string): number[] {
  const days = new Set<number>();
  for (const part of text.toLowerCase().split(",")) {
    const [first, last = first, more] = part.split("-").map((name) => DAYS.indexOf(name));
    if (first < 0 || last < 0 || more !== undefined) return [];
    for (let day = first;; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days];
}

/**
 * rclone's form of a timetable: `08:00,512k 12:00,10M 23:00,off`, each limit from its time on until
 * the next; with `Mon-08:00,512k` only on that day. A rate alone holds always.
 *
 * @throws {OrbitError} `invalid` naming the part that is wrong.
 */
export function parseTimetable(text: string): Timetable {
  if (text.length > MAX_LENGTH) throw refuse(text, "is too long");
  const parts = text.trim().split(/\s+/);
  if (parts.length === 1 && !parts[0].includes(",")) return always(readRate(parts[0], text));
  if (parts.length > MAX_ENTRIES) throw refuse(text, `has more than ${MAX_ENTRIES} entries`);
  const changes = parts.flatMap((part) => readEntry(part, text));
  changes.sort((a, b) => a.minute - b.minute);
  const twice = changes.find(({ minute }, i) => changes[i + 1]?.minute === minute);
  if (twice !== undefined) throw refuse(text, `says two things of ${nameMinute(twice.minute)}`);
  return changes;
}

function readEntry(part: string, text: string): Change[] {
  const match = /^(?:([a-z]{3})-)?(\d\d:\d\d),([^,]+)$/i.exec(part);
  const time = match === null ? NaN : parseTimeOfDay(match[2]);
  if (match === null || !(time < DAY_MINUTES)) {
    throw refuse(text, `"${part}" is not HH:MM,RATE (or Mon-HH:MM,RATE)`);
  }
  const bytesPerSecond = readRate(match[3], text);
  const days = match[1] === undefined ? DAYS.keys().toArray() : parseDays(match[1]);
  if (days.length === 0) throw refuse(text, `"${match[1]}" is no day`);
  return days.map((day) => ({ minute: day * DAY_MINUTES + time, bytesPerSecond }));
}

function readRate(part: string, text: string): number | undefined {
  const rate = parseRateText(part);
  if (!Number.isNaN(rate)) return rate;
  throw refuse(text, `"${part}" is no rate of at least ${LEAST_RATE} bytes a second`);
}

/** A limit that holds for a part of some days. */
export interface Window {
  /** As {@linkcode parseDays} gives them: those on which it begins. */
  days: readonly number[];
  /** Minutes since midnight; one that ends before it begins ends on the next day. */
  from: number;
  to: number;
  bytesPerSecond?: number;
}

/** The first window that holds counts, and outside of all of them `otherwise`. */
export function fromWindows(windows: readonly Window[], otherwise: number | undefined): Timetable {
  const spans = windows.flatMap(({ days, from, to, bytesPerSecond }) =>
    days.map((day) => {
      const start = day * DAY_MINUTES + from;
      return { start, length: to - from + (to <= from ? DAY_MINUTES : 0), bytesPerSecond };
    })
  );
  const ends = spans.flatMap(({ start, length }) => [start, (start + length) % WEEK_MINUTES]);
  const minutes = [...new Set([0, ...ends])].sort((a, b) => a - b);
  return minutes.map((minute) => {
    const holds = spans.find(({ start, length }) =>
      (minute - start + WEEK_MINUTES) % WEEK_MINUTES < length
    );
    return { minute, bytesPerSecond: holds === undefined ? otherwise : holds.bytesPerSecond };
  });
}

function nameMinute(minute: number): string {
  const time = minute % DAY_MINUTES;
  const two = (number: number) => `${number}`.padStart(2, "0");
  const day = DAYS[Math.floor(minute / DAY_MINUTES)];
  return `${day} ${two(Math.floor(time / 60))}:${two(time % 60)}`;
}

function refuse(text: string, why: string): OrbitError {
  return new OrbitError("invalid", `timetable ${JSON.stringify(text.slice(0, 100))}: ${why}`);
}
