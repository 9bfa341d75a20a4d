import assert from "node:assert/strict";
import { chunkLine } from "../chunk/output.ts";
import { checkLine, checkWarnings, hashLine } from "../hash/output.ts";
import { differenceLine, ITEMIZED_EXTRA, verifyEndLine } from "../verify/output.ts";
import { hostileNames } from "./fixtures.ts";

const hash = new Uint8Array(32).fill(0xab);
const hex = "ab".repeat(32);

Deno.test("lines of hash, verify and chunk show hostile names safely, and exactly in JSON", () => {
  for (const [path, shown] of hostileNames) {
    assert.equal(checkLine(path, { status: "ok" }, false), `${shown}: OK`);
    const extra = { status: "extra", path, itemized: ITEMIZED_EXTRA, reason: "why" } as const;
    assert.equal(differenceLine(extra, false), `*extra      ${shown}  (why)`);
    assert.equal(chunkLine(path, { offset: 1, length: 2, hash }, false), `1 2 ${hex} ${shown}`);
    const json = { seq: 3 };
    for (
      const line of [
        hashLine(hash, path, json),
        checkLine(path, { status: "differs" }, json),
        differenceLine(extra, json),
        chunkLine(path, { offset: 1, length: 2, hash }, json),
      ]
    ) {
      const record = JSON.parse(line);
      assert.equal(record.path, path);
      assert.equal(record.seq, 3);
      assert.match(record.schema, /^orbit\.\w+\/1$/);
      assert.equal("pathBytes" in record, !path.isWellFormed());
    }
  }
});

Deno.test("hashLine is b3sum's line, and checkLine words failures as b3sum does", () => {
  assert.equal(hashLine(hash, "a", false), `${hex}  a`);
  assert.equal(checkLine("a", { status: "differs" }, false), "a: FAILED");
  assert.equal(
    checkLine("a", { status: "unreadable", reason: "permission denied" }, false),
    "a: FAILED (permission denied)",
  );
  assert.deepEqual(checkWarnings({ failed: 0, badLines: 0 }), []);
  assert.deepEqual(checkWarnings({ failed: 2, badLines: 1 }), [
    "orbit: 1 line could not be understood",
    "orbit: 2 files failed",
  ]);
});

Deno.test("verifyEndLine gives the verdict", () => {
  const totals = { files: 2, bytes: 2048, differences: 0, failed: 0, durationMs: 500 };
  assert.equal(
    verifyEndLine(totals, "a", false),
    "verified a: 2 files, 2.00 KiB: all equal; 0.50 s",
  );
  assert.match(
    verifyEndLine({ ...totals, differences: 1 }, "a", false),
    /: 1 difference, 0 unreadable; /,
  );
  assert.equal(JSON.parse(verifyEndLine(totals, "a", { seq: 1 })).type, "end");
});
