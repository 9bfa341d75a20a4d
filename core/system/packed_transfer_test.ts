import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { packResults, packTransfer, unpackResults, unpackTransfer } from "./packed_transfer.ts";
import type { ActionResult, TransferRequest } from "./system.ts";
import { copyOf, how } from "./system_conformance_bed.ts";

Deno.test("unpackTransfer gives what packTransfer was given, also as a clone", () => {
  const request: TransferRequest = {
    sources: ["/a", "/b"],
    base: "/c",
    options: how({ backup: { suffix: "~" } }),
    actions: [
      copyOf("plain", 2 ** 40, { metadata: { permissions: 0o4755, uid: 0, gid: 2 ** 32 - 2 } }),
      copyOf("d/bare \udcff", 0, { source: 1, metadata: {} }),
      copyOf("renamed", 1, { sourcePath: "other" }),
      copyOf("timed", 1, { metadata: { mtime: -1, mtimeNs: 5 } }),
      copyOf("labelled", 1, { metadata: { attributes: [["user.x", Uint8Array.of(1)]] } }),
      copyOf("kind", 1, { metadata: { permissions: 0, selection: "acl" } }),
      copyOf("over", 1, { clearsDirectory: true }),
      { kind: "delete", path: "gone", directory: false },
    ],
  };
  const packed = packTransfer(request);
  deepEqual(unpackTransfer(structuredClone(packed)), request);
  deepEqual(packed.actions.slice(0, 2), ["plain", "d/bare \udcff"]);
});

Deno.test("unpackResults gives what packResults was given, also as a clone", () => {
  const results: ActionResult[] = [
    { bytes: 2 ** 40, verified: 2 ** 40, size: 2 ** 40 },
    { bytes: 0, verified: 0 },
    { bytes: 0, verified: 0, error: { code: "denied", message: "no", detail: { path: "x" } } },
    { bytes: 1, verified: 3, size: 4, resumed: 2 },
    { bytes: 0, verified: 0, size: 0 },
  ];
  deepEqual(unpackResults(structuredClone(packResults(results))), results);
});
