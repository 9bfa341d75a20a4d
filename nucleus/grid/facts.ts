/** What Stars say of themselves, checked: a Star may be anybody's. */
import { parsePeerAddress, type PeerAddress } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { BATCH_BOUNDS_MS, type LinkTotals, NO_LINK_TOTALS } from "#core/link/mod.ts";
import { decodeName } from "#core/names.ts";
import type {
  Heartbeat,
  Hello,
  LinkTotals as WireLinkTotals,
  Walls,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { HeartbeatFacts, HelloFacts, StarWalls } from "../store/mod.ts";
import type { JudgedAddress } from "./star_address.ts";

const MAX_TEXT = 256;
const MAX_PATH_BYTES = 4096;
const MAX_ROOTS = 256;
const MAX_CAPABILITIES = 64;
/** The last moment that a date can be of. */
const MAX_TIME_MS = 8.64e15;

/**
 * @param judge Whether others are told of the address that it names.
 * @throws {OrbitError} `invalid` naming the field.
 */
export function helloFacts(hello: Hello, judge: (said: PeerAddress) => JudgedAddress): HelloFacts {
  if (hello.roots.length > MAX_ROOTS) throw refuse("roots", "too many");
  if (hello.capabilities.length > MAX_CAPABILITIES) throw refuse("capabilities", "too many");
  return {
    version: text("version", hello.version),
    hostname: text("hostname", hello.hostname),
    platform: text("platform", hello.platform),
    capabilities: hello.capabilities.map((capability) => text("capabilities", capability)),
    roots: hello.roots.map(({ path, read, write }) => ({ path: rootPath(path), read, write })),
    walls: hello.walls && wallsOf(hello.walls),
    ...hello.listenAddress === "" ? {} : judge(address(hello.listenAddress)),
  };
}

/**
 * @param nowMs The Nucleus's clock.
 * @throws {OrbitError} `invalid` naming the field.
 */
export function heartbeatFacts(heartbeat: Heartbeat, nowMs: number): HeartbeatFacts {
  if (heartbeat.disks.length > MAX_ROOTS) throw refuse("disks", "too many");
  return {
    cpuPercent: Math.min(100, amount("cpu_percent", heartbeat.cpuPercent)),
    memoryUsedBytes: amount("memory_used_bytes", heartbeat.memoryUsedBytes),
    memoryTotalBytes: amount("memory_total_bytes", heartbeat.memoryTotalBytes),
    residentBytes: amount("resident_bytes", heartbeat.residentBytes),
    load: amount("load", heartbeat.load),
    disks: heartbeat.disks.map(({ path, freeBytes, totalBytes }) => ({
      path: rootPath(path),
      freeBytes: amount("free_bytes", freeBytes),
      totalBytes: amount("total_bytes", totalBytes),
    })),
    activeCalls: heartbeat.activeCalls,
    certificateExpiresAtMs: 1000 *
      amount("certificate_expires_s", heartbeat.certificateExpiresS, MAX_TIME_MS / 1000),
    clockSkewMs: amount("now_ms", heartbeat.nowMs, MAX_TIME_MS) - nowMs,
  };
}

/**
 * What a Star's Direct Links did since it started, and how much of that a Nucleus has heard of.
 *
 * @throws {OrbitError} `invalid` naming the field.
 */
export function linkFacts(heartbeat: Heartbeat): { totals: LinkTotals; told: LinkTotals } {
  return { totals: linkTotals(heartbeat.links), told: linkTotals(heartbeat.linksTold) };
}

function linkTotals(totals: WireLinkTotals | undefined): LinkTotals {
  if (totals === undefined) return NO_LINK_TOTALS;
  const { batches } = totals;
  if (batches.length !== 0 && batches.length !== BATCH_BOUNDS_MS.length + 1) {
    throw refuse("links.batches", "not one for each bound");
  }
  const count = (field: keyof Omit<LinkTotals, "batches">) =>
    amount(`links.${field}`, totals[field]);
  return {
    filesTaken: count("filesTaken"),
    filesFailed: count("filesFailed"),
    bytesTaken: count("bytesTaken"),
    bytesGiven: count("bytesGiven"),
    grantsRefused: count("grantsRefused"),
    batches: NO_LINK_TOTALS.batches.map((_, i) => amount("links.batches", batches[i] ?? 0)),
    batchesMs: count("batchesMs"),
  };
}

function wallsOf({ app, runtime, kernel, kernelReason }: Walls): StarWalls {
  return {
    app: text("walls.app", app),
    runtime,
    kernel: text("walls.kernel", kernel),
    kernelReason: text("walls.kernel_reason", kernelReason),
  };
}

function rootPath(bytes: Uint8Array): string {
  if (bytes.length > MAX_PATH_BYTES) throw refuse("path", "too long");
  if (bytes[0] !== 0x2f || bytes.includes(0)) throw refuse("path", "not an absolute path");
  return decodeName(bytes);
}

function address(value: string): PeerAddress {
  const parsed = parsePeerAddress(text("listen_address", value), 0);
  if (parsed === undefined) throw refuse("listen_address", "not HOST:PORT");
  return parsed;
}

function text(field: string, value: string): string {
  if (value.length > MAX_TEXT) throw refuse(field, "too long");
  // As in a join: whatever shows it later has nothing to fear.
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(value)) throw refuse(field, "characters that can't be shown");
  return value;
}

function amount(field: string, value: number | bigint, max = Number.MAX_SAFE_INTEGER): number {
  const number = Number(value);
  if (!(number >= 0 && number <= max)) throw refuse(field, "out of range");
  return number;
}

function refuse(field: string, why: string): OrbitError {
  return new OrbitError("invalid", `control stream: ${field}: ${why}`);
}
