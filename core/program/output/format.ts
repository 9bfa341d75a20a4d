/** Sizes, rates, times and counts for people. Units are IEC: 1 KiB is 1,024 bytes. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** `812 B`, `1.50 KiB`, `12.3 GiB`: three digits or so and a unit. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (unit < UNITS.length - 1 && Number(value.toPrecision(4)) >= 1024) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return `${value} B`;
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** Bytes per second; `–` when there was no time to tell. */
export function formatRate(bytes: number, milliseconds: number): string {
  if (!(milliseconds > 0)) return "–";
  return `${formatBytes(Math.round(bytes / (milliseconds / 1000)))}/s`;
}

/** `0.35 s`, `12.3 s`, `4:05`, `1:02:03`, `3 d 04:05:06`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return formatClock(seconds);
}

/** Remaining time as a clock shows it: `0:07`, `12:34`, `1:02:03`. */
export function formatClock(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const days = Math.floor(total / 86_400);
  const hours = Math.floor(total / 3600) % 24;
  const minutes = Math.floor(total / 60) % 60;
  const clock = `${two(minutes)}:${two(total % 60)}`;
  if (days > 0) return `${days} d ${two(hours)}:${clock}`;
  if (hours > 0) return `${hours}:${clock}`;
  return clock.replace(/^0(?=\d:)/, "");
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 file`, `2,000 files`. */
export function formatNumberOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Local time to the second: `2030-01-31 23:59:59`. */
export function formatTime(ms: number): string {
  const time = new Date(ms);
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")}`;
}
