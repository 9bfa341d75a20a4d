import assert from "node:assert/strict";
import fc from "fast-check";
import {
  always,
  fromWindows,
  greatestRate,
  parseDays,
  parseRateText,
  parseTimeOfDay,
  parseTimetable,
  rateAt,
} from "./mod.ts";

const KI = 1024, MI = 1024 * KI;
/** 2030-01-06 is a Sunday. */
const at = (day: number, hour: number, minute = 0, second = 0) =>
  new Date(2030, 0, 6 + day, hour, minute, second).getTime();

Deno.test("parseTimetable reads rclone's form: each limit holds until the next", () => {
  const timetable = parseTimetable("08:00,512k 12:00,10M 23:00,off");
  const expected: [number, number, number | undefined][] = [
    [0, 0, undefined],
    [7, 59, undefined],
    [8, 0, 512 * KI],
    [11, 59, 512 * KI],
    [12, 0, 10 * MI],
    [22, 59, 10 * MI],
    [23, 0, undefined],
  ];
  for (let day = 0; day < 7; day++) {
    for (const [hour, minute, rate] of expected) {
      assert.equal(rateAt(timetable, at(day, hour, minute, 59)), rate, `${day} ${hour}:${minute}`);
    }
  }
});

Deno.test("parseTimetable knows days, and the last of a week holds into the next", () => {
  const timetable = parseTimetable("Mon-00:00,512 Fri-23:59,10M sat-10:00,1M Sun-20:00,off");
  const expected: [number, number, number, number | undefined][] = [
    [0, 19, 59, MI],
    [0, 20, 0, undefined],
    [1, 0, 0, 512 * KI],
    [5, 23, 58, 512 * KI],
    [5, 23, 59, 10 * MI],
    [6, 9, 59, 10 * MI],
    [6, 10, 0, MI],
    [7, 0, 0, MI],
  ];
  for (const [day, hour, minute, rate] of expected) {
    assert.equal(rateAt(timetable, at(day, hour, minute)), rate, `${day} ${hour}:${minute}`);
  }
});

Deno.test("parseTimetable takes a rate alone, and an entry alone", () => {
  assert.deepEqual(parseTimetable("10M"), always(10 * MI));
  assert.deepEqual(parseTimetable("off"), []);
  assert.deepEqual(parseTimetable("0"), []);
  assert.equal(rateAt(parseTimetable("09:30,1M"), at(3, 2)), MI);
});

Deno.test("parseTimetable refuses what it doesn't know, and says which part", () => {
  const bad: [string, RegExp][] = [
    ["", /no rate/],
    ["fast", /"fast" is no rate/],
    ["1b", /"1b" is no rate of at least 512/],
    ["1e400", /no rate/],
    ["-5", /no rate/],
    ["08:00,512k 9:00,1M", /"9:00,1M" is not HH:MM,RATE/],
    ["08:00,512k 10M", /"10M" is not/],
    ["08:00 512k", /"08:00" is not/],
    ["08:00,", /is not/],
    ["24:00,1M", /is not/],
    ["12:60,1M", /is not/],
    ["08:00,1M:2M", /"1M:2M" is no rate/],
    ["08:00,1M,2M", /is not/],
    ["Foo-08:00,1M", /"Foo" is no day/],
    ["Mon-fri-08:00,1M", /is not/],
    ["08:00,1M 08:00,2M", /two things of sun 08:00/],
    ["08:00,1M Wed-08:00,2M", /two things of wed 08:00/],
    [Array.from({ length: 257 }, () => "08:00,1M").join(" "), /more than 256/],
  ];
  for (const [text, message] of bad) {
    assert.throws(() => parseTimetable(text), { code: "invalid", message }, text);
  }
});

Deno.test("fromWindows: the first that holds counts, and one may cross midnight and the week", () => {
  const timetable = fromWindows([
    { days: parseDays("sat"), from: 22 * 60, to: 6 * 60, bytesPerSecond: 1 },
    { days: parseDays("mon-fri"), from: 8 * 60, to: 18 * 60, bytesPerSecond: 2 },
    { days: parseDays("fri-mon"), from: 0, to: 24 * 60, bytesPerSecond: 3 },
    { days: parseDays("wed"), from: 20 * 60, to: 21 * 60 },
  ], 9);
  const expected: [number, number, number | undefined][] = [
    [0, 5, 1],
    [0, 6, 3],
    [1, 7, 3],
    [1, 8, 2],
    [1, 18, 3],
    [2, 0, 9],
    [2, 17, 2],
    [3, 19, 9],
    [3, 20, undefined],
    [3, 21, 9],
    [4, 18, 9],
    [5, 0, 3],
    [5, 12, 2],
    [6, 21, 3],
    [6, 22, 1],
  ];
  for (const [day, hour, rate] of expected) {
    assert.equal(rateAt(timetable, at(day, hour)), rate, `${day} ${hour}`);
  }
  assert.deepEqual(fromWindows([], undefined).map(({ bytesPerSecond }) => bytesPerSecond), [
    undefined,
  ]);
});

Deno.test("fromWindows is as looking for the first window by hand, at every minute", () => {
  const minute = fc.integer({ min: 0, max: 1439 });
  const window = fc.record({
    days: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }),
    from: minute,
    to: fc.integer({ min: 1, max: 1440 }),
    bytesPerSecond: fc.integer({ min: 1, max: 5 }),
  }).filter(({ from, to }) => from !== to);
  fc.assert(fc.property(fc.array(window, { maxLength: 4 }), minute, fc.nat(6), (all, now, day) => {
    const holds = all.find(({ days, from, to }) => {
      const today = days.includes(day), yesterday = days.includes((day + 6) % 7);
      if (from < to) return today && now >= from && now < to;
      return (today && now >= from) || (yesterday && now < to);
    });
    const found = rateAt(fromWindows(all, 9), at(day, 0, now));
    assert.equal(found, holds?.bytesPerSecond ?? 9);
  }));
});

Deno.test("times, days and rates are read as people write them", () => {
  assert.deepEqual(["00:00", "24:00", "8:00", "24:01", "x"].map(parseTimeOfDay), [
    ...[0, 1440, NaN, NaN, NaN],
  ]);
  assert.deepEqual(parseDays("mon-fri"), [1, 2, 3, 4, 5]);
  assert.deepEqual(parseDays("Sat,sun-mon"), [6, 0, 1]);
  for (const text of ["", "monday", "mon-", "mon-tue-wed", "1"]) {
    assert.deepEqual(parseDays(text), [], text);
  }
  assert.deepEqual(["512", "1.5k", "1KB", "2MiB", "OFF"].map(parseRateText), [
    ...[512 * KI, 1536, 1000, 2 * MI, undefined],
  ]);
});

Deno.test("the highest limit of a week", () => {
  assert.equal(greatestRate([]), undefined);
  assert.equal(greatestRate(always(5)), 5);
  assert.equal(greatestRate(parseTimetable("08:00,512k 18:00,30M")), 30 << 20);
  assert.equal(greatestRate(parseTimetable("08:00,512k 23:00,off")), undefined);
});
