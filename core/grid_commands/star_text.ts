/** Stars as text. */
import type { StarShape } from "#core/grid_api/mod.ts";
import { escapeName } from "#core/names.ts";
import { formatBytes, formatTime } from "#core/program/output/format.ts";
import { factLines, textTable } from "#core/program/output/table.ts";

/** A table with a line for each Star. */
export function starTable(stars: readonly StarShape[]): string[] {
  if (stars.length === 0) return ["no Stars"];
  return textTable(
    ["NAME", "STATUS", "CONSTELLATION", "LAST HEARD OF", "VERSION", "ID"],
    stars.map(({ name, status, constellation, lastHeartbeatAtMs, version, id }) =>
      [name, status, constellation, timeOf(lastHeartbeatAtMs), version, id].map(escapeName)
    ),
  );
}

/** All that is known of a Star. */
export function starDetails(star: StarShape): string[] {
  const { heartbeat, walls, certificate, refusedAddress: refused } = star;
  return factLines(([
    ["name", star.name],
    ["id", star.id],
    ["status", star.status],
    ["constellation", star.constellation],
    ["host", star.hostname],
    ["version", star.version],
    ["platform", star.platform],
    ["listens on", star.address],
    ["not dialled", refused && `${refused.address}: ${refused.why}`],
    ["joined", timeOf(star.joinedAtMs) + (star.joinedFrom ? ` from ${star.joinedFrom}` : "")],
    ["last heard of", timeOf(star.lastHeartbeatAtMs)],
    ...star.roots.map((root) => ["serves", rootText(root)] as const),
    ...star.grantedRoots.map((root) => ["only", root] as const),
    ["walls", walls && wallsText(walls)],
    ["load", heartbeat && loadText(heartbeat)],
    ...(heartbeat?.disks ?? []).map((disk) => ["disk", diskText(disk)] as const),
    ["certificate", certificate && `until ${timeOf(certificate.notAfterMs)}`],
    ["serial", certificate?.serial],
  ] as [string, string | undefined][]).map(([name, value]) => [name, value && escapeName(value)]));
}

function timeOf(ms: number | undefined): string {
  return ms === undefined ? "-" : formatTime(ms);
}

function rootText({ path, read, write }: StarShape["roots"][number]): string {
  return `${path} (${[read ? "read" : "", write ? "write" : ""].filter(Boolean).join(", ")})`;
}

function wallsText({ app, runtime, kernel, kernelReason }: NonNullable<StarShape["walls"]>) {
  const inKernel = kernel === "" ? `none in the kernel: ${kernelReason}` : kernel;
  return [app, runtime ? "permissions" : "no permissions", inKernel].join(", ");
}

function loadText(heartbeat: NonNullable<StarShape["heartbeat"]>): string {
  const { cpuPercent, load, memoryUsedBytes, memoryTotalBytes, activeCalls } = heartbeat;
  const memory = `${formatBytes(memoryUsedBytes)} of ${formatBytes(memoryTotalBytes)}`;
  return `${load.toFixed(2)}, ${
    Math.round(cpuPercent)
  } % CPU, ${memory} memory, ${activeCalls} calls`;
}

function diskText(
  { path, freeBytes, totalBytes }: { path: string; freeBytes: number; totalBytes: number },
) {
  return `${path}: ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`;
}
