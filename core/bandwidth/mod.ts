/**
 * Limits of bandwidth: by the time of the week, and shared fairly.
 *
 * @module
 */
export { Bandwidth } from "./bandwidth.ts";
export {
  always,
  fromWindows,
  greatestRate,
  LEAST_RATE,
  parseDays,
  parseRateText,
  parseTimeOfDay,
  parseTimetable,
  rateAt,
  type Timetable,
  timetableOf,
  type Window,
} from "./timetable.ts";
