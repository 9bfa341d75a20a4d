/** A Star's status for people. */
import { formatAddress } from "#core/config/addresses.ts";
import { escapeName } from "#core/names.ts";
import { formatBytes } from "#core/program/output/format.ts";
import type { RootStatus, StarStatus } from "../status.ts";
import type { StatusReport } from "./status.ts";

/** The lines that `orbit-star status` prints. */
export function statusText(report: StatusReport, nowMs: number): string {
  const { identity, status, running } = report;
  const name = status?.name ?? identity.name;
  const constellation = status?.constellation ?? identity.constellation;
  const facts: [label: string, text: string][] = [
    ["star", `${escapeName(name)} (constellation ${escapeName(constellation)})`],
    ["id", identity.starId],
    ["nucleus", escapeName(status?.nucleus ?? formatAddress(identity.nucleus))],
    ["state", stateText(report, nowMs)],
  ];
  if (status !== undefined) {
    if (running) facts.push(...runningFacts(status));
    facts.push(...lastingFacts(status, nowMs));
  }
  return facts.map(([label, text]) => `${label.padEnd(13)}${text}`).join("\n") + "\n";
}

function stateText({ running, status }: StatusReport, nowMs: number): string {
  if (!running) return "not running";
  if (status === undefined) return "starting";
  const since = `for ${spanText(nowMs - status.linkSinceMs)}`;
  if (status.link === "connected") return `connected ${since}, ${standingText(status)}`;
  if (status.link === "waiting") return `not connected ${since}; it tries again`;
  return status.link === "ended" ? "stopping" : `connecting ${since}`;
}

function standingText({ standing, name }: StarStatus): string {
  if (standing !== "pending") return standing;
  return `pending: somebody has to approve it (orbit-nucleus star approve ${escapeName(name)})`;
}

function runningFacts(status: StarStatus): [string, string][] {
  const { walls: { app, runtime, kernel, whyNot } } = status;
  const wall = (text: string | null, reason?: string) => text ?? `none (${reason ?? "unknown"})`;
  const facts: [string, string][] = [["calls", `${status.activeCalls} at work`]];
  if (status.transfersAlone) {
    facts.push(["transfers", `${status.transfersAlone} go on without the Nucleus`]);
  }
  if (status.listen !== undefined) facts.push(["listens on", status.listen]);
  facts.push(
    ...status.roots.map((root): [string, string] => ["root", rootText(root)]),
    ["app wall", wall(app, whyNot.app)],
    ["runtime wall", wall(runtime ? "worker permissions" : null, whyNot.runtime)],
    ["kernel wall", wall(kernel, whyNot.kernel)],
  );
  return facts;
}

function lastingFacts(status: StarStatus, nowMs: number): [string, string][] {
  const facts: [string, string][] = [
    ["certificate", certificateText(status.certificateExpiresAtMs, nowMs)],
    ["version", status.version],
  ];
  const skewS = Math.round((status.clockSkewMs ?? 0) / 1000);
  if (Math.abs(skewS) >= 10) {
    facts.push(["clock", `${Math.abs(skewS)} s ${skewS > 0 ? "behind" : "ahead of"} the Nucleus`]);
  }
  if (status.lastError !== undefined) {
    const { message, atMs } = status.lastError;
    facts.push(["last error", `${escapeName(message)} (${spanText(nowMs - atMs)} ago)`]);
  }
  return facts;
}

function rootText({ path, read, write, freeBytes, totalBytes }: RootStatus): string {
  const directions = write ? read ? "read, write" : "write" : "read";
  const space = freeBytes === undefined || totalBytes === undefined
    ? "space unknown"
    : `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`;
  return `${escapeName(path)} (${directions}; ${space})`;
}

function certificateText(expiresAtMs: number, nowMs: number): string {
  const at = new Date(expiresAtMs).toISOString().replace(".000Z", "Z");
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0 ? `good until ${at} (${spanText(leftMs)})` : `expired at ${at}; join again`;
}

/** A duration in its two largest units. */
function spanText(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  const h = Math.floor(s / 3600);
  if (h < 48) return `${h} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(h / 24)} d ${h % 24} h`;
}
