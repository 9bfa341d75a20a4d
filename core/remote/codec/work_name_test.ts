import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import type { WorkName } from "#core/system/mod.ts";
import { TransferNameSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { blameRequest } from "./blame.ts";
import { fromWorkName, toWorkName } from "./work_name.ts";

const NAME: WorkName = { job: "1gk8v0t3m5xq", fence: 3, step: "transfer" };

Deno.test("a transfer's name arrives with the limits that hold while nobody paces it", () => {
  for (const limit of [{}, { bytesPerSecond: 512 }, { bandwidth: "08:00,512k 23:00,off" }]) {
    const message = create(TransferNameSchema, toWorkName({ ...NAME, ...limit }));
    deepEqual(fromWorkName(message, blameRequest), { ...NAME, ...limit });
  }
});

Deno.test("limits that are none are refused", () => {
  for (const limit of [{ bandwidth: "noon,1M" }, { bandwidth: " ".repeat(9000) }]) {
    const message = create(TransferNameSchema, { ...toWorkName(NAME), ...limit });
    throws(() => fromWorkName(message, blameRequest), /name.bandwidth/);
  }
  const message = create(TransferNameSchema, { ...toWorkName(NAME), bytesPerSecond: 0n });
  throws(() => fromWorkName(message, blameRequest), /name.bytes_per_second/);
});
