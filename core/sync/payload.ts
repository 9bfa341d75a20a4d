/** Plan items as JSON, the way the job store keeps them. */
import { fromHex, toHex } from "#core/hash/mod.ts";
import type { Attributes, Metadata } from "#core/system/disk.ts";
import type { Action } from "#core/system/system.ts";
import type { PlannedAction } from "./events.ts";
import type { PlanItem } from "./plan_item.ts";

/** An item's payload. */
export interface SyncPayload {
  action: Action;
  /** The action's line, without what the action says already. */
  line?: Omit<PlannedAction, "path">;
}

/** Values of extended attributes are bytes, which JSON has no form for. */
type PlainMetadata = Omit<Metadata, "attributes"> & { attributes?: [string, string][] };

/** A plan item as JSON. */
export function toPayload(item: PlanItem): unknown {
  const { action } = item;
  const line = item.line && { ...item.line, path: undefined };
  if (!("metadata" in action) || action.metadata.attributes === undefined) return { action, line };
  const attributes = action.metadata.attributes.map(([name, value]) => [name, toHex(value)]);
  return { action: { ...action, metadata: { ...action.metadata, attributes } }, line };
}

/** The inverse of {@linkcode toPayload}. */
export function fromPayload(payload: unknown): SyncPayload {
  const { action, line } = payload as SyncPayload;
  if (!("metadata" in action) || action.metadata.attributes === undefined) return { action, line };
  const plain = action.metadata as PlainMetadata;
  const attributes: Attributes = plain.attributes!.map(([name, value]) => [name, fromHex(value)]);
  return { action: { ...action, metadata: { ...plain, attributes } }, line };
}
