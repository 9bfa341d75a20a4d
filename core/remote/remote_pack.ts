/** Fetching content from a Star. */
import { type PackRequest, PARCEL_BYTES } from "#core/system/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { toPackRequest } from "./codec/pack_request.ts";
import { ownParcel } from "./own_parcel.ts";
import type { StarCalls } from "./star_calls.ts";

export async function* remotePack(
  star: StarCalls,
  request: PackRequest,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { method: { pack } } = StarService;
  const isBeat = ({ parcel }: { parcel: Uint8Array }) => parcel.length === 0;
  for await (const { parcel } of star.listen(pack, toPackRequest(request), isBeat, { signal })) {
    if (parcel.length > PARCEL_BYTES) throw star.blame("parcel", `${parcel.length} bytes`);
    yield ownParcel(parcel);
  }
}
