import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type Token, tokenize } from "./tokens.ts";

Deno.test("tokenize splits a line as Node's parseArgs does", () => {
  const options = {
    flag: { type: "boolean" as const, short: "f" },
    value: { type: "string" as const, short: "v" },
    "no-flag": { type: "boolean" as const },
  };
  const takesValue = (rawName: string) => rawName === "--value" || rawName === "-v";
  // Left out: "-f-", which Node takes for "-f" and "--", and "--=", an option without a name.
  const piece = fc.constantFrom("=", "f", "v", "x", "flag", "value", "a b", "é", "\n");
  const body = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
  const word = fc.tuple(fc.constantFrom("", "-", "--"), body).map((parts) => parts.join(""))
    .filter((text) => !text.startsWith("--="));
  const line = fc.array(fc.oneof(word, fc.constantFrom("--no-flag", "--value=a-b", "--v=")));
  fc.assert(
    fc.property(line, (args) => {
      const { tokens } = parseArgs({
        ...{ args, options, strict: false, allowPositionals: true, tokens: true },
      });
      const theirs = tokens.flatMap((token): Token[] => {
        if (token.kind === "option-terminator") return [];
        if (token.kind === "positional") return [{ kind: token.kind, value: token.value }];
        const { kind, rawName, value, inlineValue } = token;
        const inline = inlineValue ?? false;
        return [value === undefined ? { kind, rawName, inline } : { kind, rawName, value, inline }];
      });
      assert.deepEqual(tokenize(args, takesValue), theirs);
    }),
    { numRuns: 1000 },
  );
});
