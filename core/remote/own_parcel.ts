/** Parcels out of messages. */

/** Shorter parcels may lie in one buffer with other messages, or with anything else. */
const LARGE_BYTES = 64 * 1024;

/** What a message may hold beside a parcel. */
const MESSAGE_BYTES = 256;

/** A parcel whose buffer may be handed on: a copy, unless it has nearly all of a large one. */
export function ownParcel(parcel: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = parcel;
  const isAlone = byteLength >= LARGE_BYTES && buffer.byteLength - byteLength <= MESSAGE_BYTES;
  if (isAlone && buffer instanceof ArrayBuffer) return parcel as Uint8Array<ArrayBuffer>;
  return new Uint8Array(parcel);
}
