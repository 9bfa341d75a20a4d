/** Giving content. */
import type { OrbitSystem } from "#core/system/mod.ts";
import type { PackRequest, PackResponseSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { blameRequest } from "./codec/blame.ts";
import { fromPackRequest } from "./codec/pack_request.ts";
import type { ServeLimits } from "./limits.ts";

type Answer = MessageInitShape<typeof PackResponseSchema>;

export async function* servePack(
  system: OrbitSystem,
  request: PackRequest,
  { limits, checkPath }: { limits: ServeLimits; checkPath: (path: string) => void },
  signal: AbortSignal,
): AsyncGenerator<Answer> {
  const wanted = fromPackRequest(request, limits.maxPaths, blameRequest);
  for (const source of wanted.sources) checkPath(source);
  for await (const parcel of system.pack(wanted, { signal })) yield { parcel };
}
