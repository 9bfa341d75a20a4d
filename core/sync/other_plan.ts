/** Planning what isn't a regular file: directories, symbolic links, special files. */
import { Column, type Entry, FileType } from "#core/system/scan_batch.ts";
import type { Metadata } from "#core/system/disk.ts";
import type { PlainAction } from "#core/system/system.ts";
import type { RowCursor } from "./cursor.ts";
import { Difference, METADATA_DIFFERENCES } from "./difference.ts";
import { type DirectoryPlan, isDirectory, noteLocked, OWNER_ALL } from "./directory_plan.ts";
import type { ActionKind } from "./events.ts";
import type { Extraneous } from "./extraneous.ts";
import type { HardLinks } from "./hard_links.ts";
import { itemize } from "./itemize.ts";
import { planLine, reasonFor } from "./plan_item.ts";
import type { PlanState } from "./plan_state.ts";
import { isUnsafeLink } from "./safe_link.ts";

/** Plans a directory itself; what it holds has its turn later. */
export function planDirectory(
  plan: DirectoryPlan,
  source: RowCursor,
  index: number,
  destination: RowCursor | undefined,
): void {
  const { input, comparer, quiet } = plan.state;
  const { options } = input;
  const entry = plan.entryOf(source);
  const name = source.batch.name(source.row);
  if (!options.recursive && options.files === undefined) {
    input.onNote(`skipping directory ${JSON.stringify(entry.path)}: not recursive`);
    input.totals.skipped++;
    return;
  }
  if (name === options.partial?.directory) return plan.skipContents(entry.path);
  const found = destination === undefined
    ? Difference.type
    : comparer.compare(source.batch, source.row, destination.batch, destination.row);
  if (destination !== undefined && (found & Difference.type) === 0) {
    noteLocked(plan.state, entry.path, destination.batch.word(destination.row, Column.mode));
    const differences = found & METADATA_DIFFERENCES, there = identityOf(destination);
    if (differences !== 0) return plan.changeAttributes(entry, differences, index, there);
    quiet.set(entry.path, entry);
    plan.keep(entry, index, there);
  } else if (destination === undefined ? options.existing : options.ignoreExisting) {
    input.totals.skipped++;
    plan.skipContents(entry.path);
  } else makeDirectory(plan, entry, index);
}

function makeDirectory(plan: DirectoryPlan, entry: Entry, index: number): void {
  const { path } = entry;
  const metadata = plan.state.metadata.forNew(entry);
  const itemized = itemize("directory", entry.mode, null, true);
  plan.add(
    "directories",
    { kind: "directory", path, metadata },
    planLine("directory", path, entry, itemized, "new"),
  );
  plan.add(
    "finish",
    { kind: "attributes", path, metadata: finalMetadata(plan, metadata) },
    undefined,
    plan.removalOf(entry, index),
  );
  plan.state.fresh.add(path);
}

/** Where permissions aren't kept, a new directory has what its parent and the system gave it. */
function finalMetadata(plan: DirectoryPlan, metadata: Metadata): Metadata {
  const { permissions, ...rest } = metadata;
  const isUsable = permissions !== undefined && (permissions & OWNER_ALL) === OWNER_ALL;
  return isUsable && !plan.state.input.options.preserve.permissions ? rest : metadata;
}

/** Plans a symbolic link or a special file. */
export function planOther(
  plan: DirectoryPlan,
  hardLinks: HardLinks,
  extraneous: Extraneous,
  source: RowCursor,
  index: number,
  destination: RowCursor | undefined,
): void {
  const { input, comparer } = plan.state;
  const entry = plan.entryOf(source);
  const type = entry.mode & FileType.mask;
  const refusal = refusalFor(plan.state, entry, type);
  if (refusal !== undefined) {
    input.totals.skipped++;
    input.onNote(`skipping ${JSON.stringify(entry.path)}: ${refusal}`);
    return;
  }
  if (input.options.followLinks && type === FileType.link) return reportDangling(plan, entry);
  if (hardLinks.follows(source, index, destination)) return;
  if (destination === undefined ? input.options.existing : input.options.ignoreExisting) {
    input.totals.skipped++;
    return;
  }
  if (destination === undefined) return makeOther(plan, hardLinks, { entry, index }, null);
  const found = comparer.compare(source.batch, source.row, destination.batch, destination.row);
  const there = identityOf(destination);
  if (found === 0) return plan.keep(entry, index, there);
  if ((found & (Difference.type | Difference.target)) === 0) {
    return plan.changeAttributes(entry, found, index, there);
  }
  extraneous.makeRoom(destination);
  makeOther(plan, hardLinks, { entry, index }, found, destination);
}

function identityOf({ batch, row }: RowCursor): string {
  return batch.identity(row);
}

function makeOther(
  plan: DirectoryPlan,
  hardLinks: HardLinks,
  { entry, index }: { entry: Entry; index: number },
  found: number | null,
  destination?: RowCursor,
): void {
  const { metadata, input } = plan.state;
  const clearsDirectory = destination !== undefined &&
    isDirectory(destination.batch.word(destination.row, Column.mode));
  const kind: ActionKind = entry.link === undefined ? "special" : "link";
  const shared = { path: entry.path, metadata: metadata.forNew(entry), clearsDirectory };
  const action: PlainAction = kind === "link" ? { kind, target: entry.link!, ...shared } : {
    kind: "special",
    mode: entry.mode,
    rdevMajor: entry.rdevMajor,
    rdevMinor: entry.rdevMinor,
    ...shared,
  };
  const step = clearsDirectory ? "late" : "transfer";
  hardLinks.noteReplaced(entry, step);
  const shown = found !== null && (found & Difference.type) !== 0 ? null : found;
  const itemized = itemize(kind, entry.mode, shown, input.options.preserve.times);
  const line = planLine(kind, entry.path, entry, itemized, reasonFor(found), entry.link);
  plan.add(step, action, line, plan.removalOf(entry, index));
}

function reportDangling({ state }: DirectoryPlan, entry: Entry): void {
  state.input.onTrouble(entry.path, {
    code: "not_found",
    message: `copy ${JSON.stringify(entry.path)}: the link leads nowhere`,
    detail: { path: entry.path, errno: "ENOENT", side: "source" },
  });
}

/** Why an entry of this type isn't copied, if it isn't. */
function refusalFor(
  { input: { options, privileged } }: PlanState,
  entry: Entry,
  type: number,
): string | undefined {
  const { preserve } = options;
  if (type === FileType.link) {
    if (options.followLinks) return undefined;
    if (!preserve.links) return "symbolic links are not copied without --links";
    const isUnsafe = options.safeLinks && isUnsafeLink(entry.path, entry.link ?? "");
    return isUnsafe ? "the link points outside the copied tree (--safe-links)" : undefined;
  }
  if (type === FileType.fifo || type === FileType.socket) {
    return preserve.specials ? undefined : "special files are not copied without --specials";
  }
  if (!preserve.devices) return "devices are not copied without --devices";
  return privileged ? undefined : "only a privileged user can make device nodes";
}
