/**
 * Plan items as JSON, the way the job store keeps them.
 *
 * Copies are nearly all of a large job, so they have a short form: an array without what the
 * item's key says already.
 */
import { fromHex, toHex } from "#core/hash/mod.ts";
import type { Attributes, Metadata } from "#core/system/disk.ts";
import type { Action, CopyAction } from "#core/system/system.ts";
import type { PlannedAction } from "./events.ts";
import type { PlanItem } from "./plan_item.ts";
import type { Removal } from "./removal.ts";

/** An item's payload. */
export interface SyncPayload {
  action: Action;
  line?: PlannedAction;
  /** What to copy where a rename turns out not to be possible. */
  instead?: PlanItem["instead"];
  removes?: Removal;
}

/** A copy: -1 for what isn't set; `sourcePath` only where it isn't the path. */
type ShortCopy = [
  source: number,
  size: number,
  permissions: number,
  uid: number,
  gid: number,
  mode: number,
  itemized: string,
  reason: string,
  sourcePath?: string,
];

/** Values of extended attributes are bytes, which JSON has no form for. */
type PlainMetadata = Omit<Metadata, "attributes"> & { attributes?: [string, string][] };

/** A plan item as JSON. */
export function toPayload(item: SyncPayload): unknown {
  const { action, line, instead, removes } = item;
  if (action.kind === "copy" && line !== undefined && isPlain(action)) return shorten(action, line);
  if (!("metadata" in action) || action.metadata.attributes === undefined) {
    return { action, line, instead, removes };
  }
  const attributes = action.metadata.attributes.map(([name, value]) => [name, toHex(value)]);
  return {
    action: { ...action, metadata: { ...action.metadata, attributes } },
    line,
    instead,
    removes,
  };
}

/** The inverse of {@linkcode toPayload}. `path` is the item's key. */
export function fromPayload(path: string, payload: unknown): SyncPayload {
  if (Array.isArray(payload)) return lengthen(path, payload as ShortCopy);
  const { action, line, instead, removes } = payload as SyncPayload;
  if (!("metadata" in action) || action.metadata.attributes === undefined) {
    return { action, line, instead, removes };
  }
  const plain = action.metadata as PlainMetadata;
  const attributes: Attributes = plain.attributes!.map(([name, value]) => [name, fromHex(value)]);
  return { action: { ...action, metadata: { ...plain, attributes } }, line, instead, removes };
}

function isPlain({ clearsDirectory, metadata }: CopyAction): boolean {
  return clearsDirectory === undefined && metadata.attributes === undefined &&
    metadata.mtime === undefined;
}

function shorten(action: CopyAction, line: PlannedAction): ShortCopy {
  const { permissions = -1, uid = -1, gid = -1 } = action.metadata;
  const short: ShortCopy = [
    action.source,
    action.size,
    permissions,
    uid,
    gid,
    line.mode,
    line.itemized,
    line.reason,
  ];
  if (action.sourcePath !== action.path) short.push(action.sourcePath);
  return short;
}

function lengthen(path: string, short: ShortCopy): SyncPayload {
  const [source, size, permissions, uid, gid, mode, itemized, reason, sourcePath = path] = short;
  const metadata: Metadata = {};
  if (permissions !== -1) metadata.permissions = permissions;
  if (uid !== -1) metadata.uid = uid;
  if (gid !== -1) metadata.gid = gid;
  return {
    action: { kind: "copy", path, sourcePath, source, size, metadata },
    line: { kind: "copy", path, itemized, mode, size, reason },
  };
}
