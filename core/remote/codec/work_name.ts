/** Whose work a transfer is. */
import { parseTimetable } from "#core/bandwidth/timetable.ts";
import type { WorkClaim, WorkName } from "#core/system/mod.ts";
import type { TransferName, TransferNameSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromWide, toWide } from "./numbers.ts";

const NAME = /^[0-9A-Za-z_-]{1,64}$/;

export function toWorkClaim({ job, fence }: WorkClaim): { job: string; fence: bigint } {
  return { job, fence: toWide(fence, "fence") };
}

export function fromWorkClaim(
  { job, fence }: { job: string; fence: bigint },
  blame: Blame,
): WorkClaim {
  if (!NAME.test(job)) throw blame("job", "no job's id");
  const attempt = fromWide(fence, "fence", blame);
  if (attempt === 0) throw blame("fence", "0 is no attempt");
  return { job, fence: attempt };
}

export function toWorkName(name: WorkName): MessageInitShape<typeof TransferNameSchema> {
  const { step, bytesPerSecond, bandwidth } = name;
  return {
    ...toWorkClaim(name),
    ...{ step, bandwidth },
    bytesPerSecond: bytesPerSecond === undefined
      ? undefined
      : toWide(Math.max(1, Math.round(bytesPerSecond)), "bytes_per_second"),
  };
}

export function fromWorkName(message: TransferName, blame: Blame): WorkName {
  const { step, bytesPerSecond, bandwidth } = message;
  if (!NAME.test(step)) throw blame("name.step", "no step's name");
  const name: WorkName = { ...fromWorkClaim(message, blame), step };
  if (bytesPerSecond !== undefined) {
    name.bytesPerSecond = fromWide(bytesPerSecond, "name.bytes_per_second", blame);
    if (name.bytesPerSecond === 0) throw blame("name.bytes_per_second", "0");
  }
  if (bandwidth !== undefined) {
    try {
      parseTimetable(bandwidth);
    } catch {
      throw blame("name.bandwidth", "no timetable");
    }
    name.bandwidth = bandwidth;
  }
  return name;
}
