/** No bytes do more harm to a codec than to be refused. */
import { ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import * as pb from "#proto/gen/orbit/v1/files_pb.ts";
import { fromAction, toAction } from "./action.ts";
import { blameRequest } from "./blame.ts";
import { fromCheckpoint } from "./checkpoint.ts";
import { fromInspection } from "./inspection.ts";
import { fromMetadata } from "./metadata.ts";
import { fromActionOptions } from "./options.ts";
import { ChunkOrder, fromActionResult, fromFeatures, fromFileHash } from "./result.ts";
import { fromRows } from "./rows.ts";
import { fromScanRequest, fromScanResponse, toScanResponse } from "./scan.ts";
import { action, scanBatch } from "./test_values.ts";

/** What reads each message, given anything. */
const READERS: readonly [desc: DescMessage, read: (message: never) => unknown][] = [
  [pb.RowsSchema, (message) => fromRows(message, blameRequest)],
  [pb.ScanTreeResponseSchema, (message) => fromScanResponse(message, blameRequest)],
  [pb.ScanTreeRequestSchema, (message) => fromScanRequest(message, blameRequest)],
  [pb.InspectResponseSchema, (message) => fromInspection(message, blameRequest)],
  [pb.MetadataSchema, (message) => fromMetadata(message, "metadata", blameRequest)],
  [pb.ActionSchema, (message) => fromAction(message, 3, blameRequest)],
  [pb.ActionOptionsSchema, (message) => fromActionOptions(message, blameRequest)],
  [pb.ActionResultSchema, (message) => fromActionResult(message, blameRequest)],
  [pb.FileHashSchema, (message) => fromFileHash(message, blameRequest)],
  [pb.GetFeaturesResponseSchema, (message) => fromFeatures(message, blameRequest)],
  [pb.LargeCheckpointSchema, (message) => fromCheckpoint(message, blameRequest)],
  [pb.ChunkFileResponseSchema, (message) => new ChunkOrder(undefined, blameRequest).take(message)],
];

/** Reads bytes as a message: it is refused, or it isn't; nothing else. */
function feed(desc: DescMessage, read: (message: never) => unknown, raw: Uint8Array): void {
  let message;
  try {
    message = fromBinary(desc, raw);
  } catch {
    return; // no message at all: for `core/rpc` to refuse
  }
  try {
    read(message as never);
  } catch (error) {
    ok(error instanceof OrbitError, `${error}`);
    equal(error.code, "invalid");
  }
}

Deno.test("no bytes do more than to be refused", () => {
  for (const [desc, read] of READERS) {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (raw) => feed(desc, read, raw)));
  }
});

Deno.test("no change of a sound message does more than to be refused", () => {
  const sound: readonly [DescMessage, (message: never) => unknown, fc.Arbitrary<Uint8Array>][] = [
    [
      ...READERS[1],
      scanBatch.map((batch) =>
        toBinary(
          pb.ScanTreeResponseSchema,
          create(pb.ScanTreeResponseSchema, toScanResponse(batch)),
        )
      ),
    ],
    [
      ...READERS[5],
      action.map((one) => toBinary(pb.ActionSchema, create(pb.ActionSchema, toAction(one)))),
    ],
  ];
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
  for (const [desc, read, messages] of sound) {
    fc.assert(
      fc.property(messages, changes, (raw, changes) => {
        for (const [at, byte] of changes) if (raw.length > 0) raw[at % raw.length] = byte;
        feed(desc, read, raw);
      }),
      { numRuns: 500 },
    );
  }
});
