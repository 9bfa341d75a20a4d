import assert from "node:assert/strict";
import { LinkMeter } from "#core/link/meter.ts";
import { LinkReport } from "./link_report.ts";

Deno.test("LinkReport tells what was heard only once it was acknowledged", () => {
  const meter = new LinkMeter();
  const report = new LinkReport(meter);
  const say = (sequence: bigint) => {
    const { links, linksTold } = report.say(sequence);
    return [links.bytesTaken, linksTold.bytesTaken];
  };
  assert.deepEqual(say(1n), [0, 0]);
  meter.tookBytes(5);
  assert.deepEqual(say(2n), [5, 0]);
  meter.tookBytes(5);
  assert.deepEqual(say(3n), [10, 0]);
  report.heard(2n);
  assert.deepEqual(say(4n), [10, 5]);
  report.heard(1n);
  report.heard(4n);
  report.heard(3n);
  // Another stream, whose numbers begin anew.
  assert.deepEqual(say(1n), [10, 10]);
  meter.tookBytes(1);
  report.heard(3n);
  assert.deepEqual(say(2n), [11, 10]);
});
