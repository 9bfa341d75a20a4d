/** Plan items as the job engine takes them. */
import type { NewItem } from "#core/magnetar/mod.ts";
import { toPayload } from "./payload.ts";
import { MAX_PRIORITY, type PlanItem } from "./plan_item.ts";

/** An item of its step, under the path that it is about. */
export function toNewItem(item: PlanItem): NewItem {
  return {
    key: item.action.path,
    payload: toPayload(item),
    weight: item.action.kind === "copy" ? item.action.size : 0,
    priority: Math.min(MAX_PRIORITY, item.priority),
  };
}
