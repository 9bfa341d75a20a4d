import assert from "node:assert/strict";
import { FakeSink } from "../fake_host.ts";
import { OutputBuffer } from "./buffer.ts";

Deno.test("OutputBuffer writes 200,000 lines in few writes and loses nothing", () => {
  const sink = new FakeSink();
  const buffer = new OutputBuffer(sink);
  const line = "directory/some file name of ordinary length é";
  for (let i = 0; i < 200_000; i++) buffer.writeLine(line);
  buffer.flush();
  const bytes = sink.writes.reduce((sum, each) => sum + each.length, 0);
  assert.equal(bytes, 200_000 * (new TextEncoder().encode(line).length + 1));
  assert(sink.writes.length <= Math.ceil(bytes / 65_000), `${sink.writes.length} writes`);
});

Deno.test("OutputBuffer takes a text larger than itself, and characters on its edge", () => {
  const sink = new FakeSink();
  const buffer = new OutputBuffer(sink);
  const text = "x" + "é€😀".repeat(40_000);
  buffer.write(text);
  buffer.flush();
  assert.equal(sink.text, text);
});

Deno.test("OutputBuffer tells once when its reader has gone, and drops the rest", () => {
  const sink = new FakeSink();
  let closed = 0;
  const buffer = new OutputBuffer(sink, { onClosed: () => closed++ });
  sink.broken = true;
  for (let i = 0; i < 3; i++) {
    buffer.writeLine("x");
    buffer.flush();
  }
  assert.equal(closed, 1);
  assert.equal(buffer.isClosed, true);
});
