import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { parseDeleteLimit } from "./delete_limit.ts";

function refuses(parse: () => unknown, value: string): void {
  assert.throws(parse, (error) => {
    assert(error instanceof OrbitError);
    assert.equal(error.code, "invalid");
    assert(error.message.startsWith(`--opt "${value}": is not `), error.message);
    return true;
  });
}

Deno.test("parseDeleteLimit reads counts and percentages", () => {
  assert.deepEqual(parseDeleteLimit("--opt", "0"), { count: 0 });
  assert.deepEqual(parseDeleteLimit("--opt", "12"), { count: 12 });
  assert.deepEqual(parseDeleteLimit("--opt", "12.5%"), { percent: 12.5 });
  for (const text of ["", "-1", "101%", "%", "x%"]) {
    refuses(() => parseDeleteLimit("--opt", text), text);
  }
});
