/** Every codec: what goes in comes out. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { compareNames } from "#core/names.ts";
import { ScanBatchBuilder, type ScanRequest } from "#core/system/mod.ts";
import * as pb from "#proto/gen/orbit/v1/files_pb.ts";
import { fromAction, toAction } from "./action.ts";
import { blameRequest } from "./blame.ts";
import { fromCheckpoint, toCheckpoint } from "./checkpoint.ts";
import { fromMetadata, toMetadata } from "./metadata.ts";
import { sortedNameList } from "./names.ts";
import { fromActionOptions, toActionOptions } from "./options.ts";
import {
  fromActionResult,
  fromFeatures,
  fromFileHash,
  toActionResult,
  toFeatures,
  toFileHash,
} from "./result.ts";
import { toRows } from "./rows.ts";
import { fromScanRequest, fromScanResponse, toScanRequest, toScanResponse } from "./scan.ts";
import {
  action,
  checkpoint,
  error,
  flag,
  hash,
  maybe,
  metadata,
  name,
  options,
  path,
  scanBatch,
  selection,
  sent,
  size,
  word,
} from "./test_values.ts";

/** The same without the objects of no prototype that fast-check makes. */
function plain<T>(value: T): T {
  return structuredClone(value);
}

function roundTrip<T>(what: string, values: fc.Arbitrary<T>, there: (value: T) => T): void {
  Deno.test(`${what}: what goes in comes out`, () => {
    fc.assert(fc.property(values, (value) => deepEqual(there(value), plain(value))));
  });
}

roundTrip(
  "metadata",
  metadata,
  (value) => fromMetadata(sent(pb.MetadataSchema, toMetadata(value)), "metadata", blameRequest),
);

roundTrip(
  "actions",
  action,
  (value) => fromAction(sent(pb.ActionSchema, toAction(value)), 10, blameRequest),
);

roundTrip(
  "options",
  options,
  (value) => fromActionOptions(sent(pb.ActionOptionsSchema, toActionOptions(value)), blameRequest),
);

roundTrip(
  "action results",
  fc.record({ bytes: size, verified: size, resumed: size, size, error }, {
    requiredKeys: ["bytes", "verified"],
  }),
  (value) =>
    fromActionResult(
      sent(pb.ActionResultSchema, toActionResult(value as never)),
      blameRequest,
    ) as typeof value,
);

roundTrip(
  "file hashes",
  fc.oneof(fc.record({ hash, size }), fc.record({ size, error })),
  (value) =>
    fromFileHash(sent(pb.FileHashSchema, toFileHash(value as never)), blameRequest) as typeof value,
);

roundTrip(
  "features",
  fc.record({
    ...{ timeStepNs: fc.integer({ min: 1, max: 1e9 }), byteNames: flag, attributes: flag },
    ...{ specials: flag, findsHoles: flag, kernelConfinement: flag, groups: fc.array(word) },
  }, {
    requiredKeys: [
      ...["timeStepNs", "byteNames", "attributes", "specials", "findsHoles"] as const,
      "kernelConfinement",
    ],
  }),
  (value) => {
    const { groups, ...rest } = fromFeatures(
      sent(pb.GetFeaturesResponseSchema, toFeatures(value)),
      blameRequest,
    );
    return groups === undefined ? rest : { ...rest, groups: [...groups] };
  },
);

roundTrip(
  "checkpoints",
  checkpoint,
  (value) => fromCheckpoint(sent(pb.LargeCheckpointSchema, toCheckpoint(value)), blameRequest),
);

roundTrip(
  "batches of a scan",
  scanBatch,
  (value) => fromScanResponse(sent(pb.ScanTreeResponseSchema, toScanResponse(value)), blameRequest),
);

Deno.test("scan requests: what goes in comes out", () => {
  const choices = fc.array(fc.record({ path, names: maybe(fc.array(name)), listed: flag }), {
    minLength: 1,
  });
  const request = fc.record({
    base: path,
    ...{ recursive: flag, oneFileSystem: flag, followLinks: flag, attributes: maybe(selection) },
    filter: fc.array(fc.record({ kind: fc.constantFrom("include", "exclude"), pattern: path })),
  });
  fc.assert(fc.property(request, choices, (request, choices) => {
    const found = fromScanRequest(
      sent(
        pb.ScanTreeRequestSchema,
        toScanRequest({
          ...request as ScanRequest,
          choices: choices.map(({ path, names, listed }) => {
            const list = names && sortedNameList(names);
            return listed ? { path, names: list } : { path, lookUp: list };
          }),
        }),
      ),
      blameRequest,
    );
    const { directories, names, lookUp, ...rest } = found;
    deepEqual(rest, plain(request));
    deepEqual(directories, choices.map((choice) => choice.path));
    const sorted = choices.map((one) => one.names && [...new Set(one.names)].sort(compareNames));
    deepEqual(names, choices.map(({ listed }, i) => listed ? sorted[i] ?? null : null));
    deepEqual(
      lookUp?.map((list) => list?.spans.length),
      choices.map(({ listed }, i) => listed ? undefined : sorted[i] && sorted[i]!.length * 2),
    );
  }));
});

Deno.test("rows travel smaller than they are, and those of one entry as they are", () => {
  const builder = new ScanBatchBuilder();
  for (let i = 0; i < 4096; i++) {
    const base = builder.addRow(new TextEncoder().encode(`file-${i}.txt`));
    builder.rows[base] = 0o100644;
    builder.rows[base + 4] = i;
  }
  const { words, heap, ...many } = toRows(builder.take());
  equal(many.wordsEncoding, pb.RowsEncoding.DEFLATE);
  ok(words!.length < 4096 * 4 && heap!.length < many.heapLength!);
  builder.addRow(new TextEncoder().encode("file"));
  const one = toRows(builder.take());
  equal(one.wordsEncoding, pb.RowsEncoding.PLAIN);
  equal(one.heapEncoding, pb.RowsEncoding.PLAIN);
});
