/** `ReplicateFile` in a grid: one file of another Star, over the Direct Link that a grant opens. */
import { equalBytes, openBlake3 } from "#core/hash/mod.ts";
import { fromErrorData, OrbitError } from "#core/errors.ts";
import type { OpenedLink } from "#core/remote/link.ts";
import { scopeOf } from "#core/remote/scope.ts";
import type { Handlers } from "#core/rpc/mod.ts";
import { confineTo } from "#core/system/confine.ts";
import type { OrbitSystem, PackSource, TransferRequest } from "#core/system/mod.ts";
import { type ParcelRecord, readParcel, torn } from "#core/system/parcel/format.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { lost } from "./fetched_file.ts";
import { checkRequest, copyFor, FetchGate, placeFile } from "./place_file.ts";

/** Bytes of a hole that are handed on at a time. */
const ZEROS = new Uint8Array(64 * 1024);

/** Opens the link that a grant names, to an address that it names, too; tells the grant's cap. */
export type OpenGranted = (
  address: string,
  grant: string,
  request: TransferRequest,
  call: { scope: readonly string[] | undefined; signal: AbortSignal },
) => Promise<{ link: OpenedLink; maxBytes: number }>;

/** What it is made of. */
export interface ReplicateFileParts {
  system: OrbitSystem;
  open: OpenGranted;
  /** Ends all fetches. */
  closing: AbortSignal;
}

/**
 * The handler, which keeps to the scope of the call here and at the source. Fails with `denied` for
 * an address or a file that the grant doesn't name, and `corrupt` when size or checksum aren't the
 * expected ones, or content was damaged on its way.
 */
export function replicateByLink(
  { system, open, closing }: ReplicateFileParts,
): NonNullable<Handlers<typeof StarService>["replicateFile"]> {
  const gate = new FetchGate();
  return (request, context) =>
    gate.run(async () => {
      checkRequest(request);
      const address = /^https:\/\/([^/]+)\/?$/i.exec(request.sourceStarUrl)?.[1];
      if (address === undefined) {
        throw new OrbitError("invalid", "fetch file: its source's URL isn't https://HOST:PORT");
      }
      const signal = AbortSignal.any([context.signal, closing]);
      const scope = scopeOf(context);
      const confined = confineTo(system, scope);
      const copy = copyFor(request, "/", 0);
      const opened = await open(address, request.transferToken, copy, { scope, signal });
      await using link = opened.link;
      const records = recordsOf(link, copy, signal);
      try {
        const first = await records.next();
        if (first.done || first.value.kind !== "open") throw unfit(first.value);
        const size = BigInt(first.value.file.size);
        // Holes cost a source nothing to send, and fill this disk.
        if (size > opened.maxBytes) throw tooLarge(size);
        const arrival = { from: link.name, size, pieces: piecesOf(records) };
        const placed = await placeFile(request, arrival, confined, signal);
        link.ended?.([{ bytes: Number(size), verified: Number(size) }]);
        return placed;
      } finally {
        await records.return(undefined);
      }
    });
}

async function* recordsOf(
  link: PackSource,
  { sources, actions }: TransferRequest,
  signal: AbortSignal,
): AsyncGenerator<ParcelRecord, undefined> {
  const items = actions.flatMap((action) =>
    action.kind === "copy" ? [{ source: 0, path: action.sourcePath }] : []
  );
  for await (const parcel of link.pack({ sources, items, followLinks: false }, { signal })) {
    yield* readParcel(parcel);
  }
}

/** The content after a file's opening, which has to have the hash that the source tells. */
async function* piecesOf(
  records: AsyncGenerator<ParcelRecord, undefined>,
): AsyncGenerator<Uint8Array> {
  const hasher = (await openBlake3()).create();
  for await (const record of records) {
    if (record.kind === "close") {
      if (equalBytes(record.hash, hasher.digest())) return;
      throw lost("it was damaged on its way");
    }
    if (record.kind === "data") {
      hasher.update(record.bytes);
      yield record.bytes;
    } else if (record.kind === "zeros") {
      for (let left = record.length; left > 0; left -= ZEROS.length) {
        const zeros = ZEROS.subarray(0, left);
        hasher.update(zeros);
        yield zeros;
      }
    } else throw unfit(record);
  }
  throw lost("the source ended before the file did");
}

function tooLarge(size: bigint): OrbitError {
  return new OrbitError("denied", `fetch file: its ${size} bytes are more than its grant allows`);
}

/** What a source may say instead. */
function unfit(record: ParcelRecord | undefined): OrbitError {
  return record?.kind === "fail" ? fromErrorData(record.error) : torn("a file has no beginning");
}
