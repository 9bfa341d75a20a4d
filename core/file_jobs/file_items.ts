/** The files of a tree as the items of a job. */
import type { ErrorData } from "#core/errors.ts";
import type { ClaimedItem, ItemOutcome, NewItem } from "#core/magnetar/mod.ts";
import { FileType, type ScanBatch } from "#core/system/scan_batch.ts";
import type { Place, Selection } from "./order.ts";
import type { Workplace } from "./patience.ts";
import { findTarget, scanOf, type Target } from "./target.ts";

/** What an item of a file is about. */
export type FilePayload =
  /** A regular file. */
  | { size: number }
  /** Something that could not be listed. */
  | { trouble: ErrorData };

/**
 * Lists the regular files of a place, and what could not be listed. When the machine goes away
 * meanwhile, the list starts anew: the engine knows the keys that it has already.
 */
export async function* fileItems(
  place: Place,
  selection: Selection,
  workplace: Workplace,
  signal: AbortSignal,
): AsyncGenerator<NewItem[]> {
  const batches = workplace.stream(place.starId, signal, async function* (system) {
    const { filter, oneFileSystem } = selection;
    const request = scanOf(await findTarget(system, place.path, signal));
    yield* system.scanTree({ ...request, filter, oneFileSystem }, { signal });
  });
  for await (const batch of batches) {
    const items = toItems(batch);
    workplace.count(items.length, 0);
    if (items.length > 0) yield items;
  }
}

function toItems(batch: ScanBatch): NewItem[] {
  const items: NewItem[] = batch.data.troubles.map(({ path, error }) => ({
    key: path,
    payload: { trouble: error } satisfies FilePayload,
    weight: 0,
  }));
  for (const { directory, from, to } of batch.data.parts) {
    for (let row = from; row < to; row++) {
      if (!batch.isType(row, FileType.file)) continue;
      const name = batch.name(row), size = batch.size(row);
      const payload: FilePayload = { size };
      items.push({ key: directory === "" ? name : `${directory}/${name}`, payload, weight: size });
    }
  }
  return items;
}

/** The target that items are relative to, found once for all of them. */
export class TargetFinder {
  #found?: Promise<Target>;

  constructor(readonly place: Place, readonly workplace: Workplace) {}

  /** @throws as {@linkcode findTarget}. */
  find(signal: AbortSignal): Promise<Target> {
    const { path, starId } = this.place;
    this.#found ??= this.workplace.on(starId, signal, (system) => findTarget(system, path, signal));
    this.#found.catch(() => this.#found = undefined);
    return this.#found;
  }
}

/** Sorts a batch into files, and outcomes for what isn't one. */
export function splitItems(
  items: readonly ClaimedItem[],
): { files: ClaimedItem[]; outcomes: ItemOutcome[] } {
  const files: ClaimedItem[] = [], outcomes: ItemOutcome[] = [];
  for (const item of items) {
    const payload = item.payload as FilePayload;
    if ("size" in payload) files.push(item);
    else outcomes.push({ key: item.key, state: "failed", error: payload.trouble });
  }
  return { files, outcomes };
}
