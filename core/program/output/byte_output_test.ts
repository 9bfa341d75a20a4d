import assert from "node:assert/strict";
import fc from "fast-check";
import { FakeSink } from "../fake_host.ts";
import { ByteOutput } from "./byte_output.ts";

Deno.test("ByteOutput writes numbers as decimal digits", () => {
  const number = fc.oneof(
    fc.constantFrom(0, 9, 10, 999_999_999, 1e9, 1e9 + 1, Number.MAX_SAFE_INTEGER),
    fc.nat(),
    fc.maxSafeNat(),
  );
  fc.assert(fc.property(number, (value) => {
    const sink = new FakeSink();
    const output = new ByteOutput(sink);
    output.reserve(64);
    output.putNumber(value);
    output.putByte(0x20);
    output.putNineDigits(value % 1e9);
    output.flush();
    assert.equal(sink.text, `${value} ${String(value % 1e9).padStart(9, "0")}`);
  }));
});

Deno.test("ByteOutput writes large pieces, in order, whatever the lines' lengths", () => {
  const sink = new FakeSink();
  const output = new ByteOutput(sink);
  let expected = "";
  for (let i = 0; i < 400; i++) {
    const line = `${i}é`.repeat(i === 200 ? 200_000 : i);
    output.putText(line);
    output.reserve(1);
    output.endLine();
    expected += `${line}\n`;
  }
  output.flush();
  assert(sink.text === expected);
  assert(sink.writes.slice(0, -1).some((piece) => piece.length >= 256 * 1024));
  assert(sink.writes.length < 20);
});

Deno.test("ByteOutput tells once that its reader has gone, and then drops what it gets", () => {
  const sink = new FakeSink();
  let closed = 0;
  const output = new ByteOutput(sink, () => closed++);
  sink.broken = true;
  for (let i = 0; i < 3; i++) {
    output.putText("x");
    output.flush();
  }
  assert.equal(closed, 1);
});
