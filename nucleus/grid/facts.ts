/** What Stars say of themselves, checked: a Star may be anybody's. */
import { OrbitError } from "#core/errors.ts";
import { decodeName } from "#core/names.ts";
import type { Heartbeat, Hello, Walls } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { HeartbeatFacts, HelloFacts, StarWalls } from "../store/mod.ts";

const MAX_TEXT = 256;
const MAX_PATH_BYTES = 4096;
const MAX_ROOTS = 256;
const MAX_CAPABILITIES = 64;

/** @throws {OrbitError} `invalid` naming the field. */
export function helloFacts(hello: Hello): HelloFacts {
  if (hello.roots.length > MAX_ROOTS) throw refuse("roots", "too many");
  if (hello.capabilities.length > MAX_CAPABILITIES) throw refuse("capabilities", "too many");
  return {
    version: text("version", hello.version),
    hostname: text("hostname", hello.hostname),
    platform: text("platform", hello.platform),
    capabilities: hello.capabilities.map((capability) => text("capabilities", capability)),
    roots: hello.roots.map(({ path, read, write }) => ({ path: rootPath(path), read, write })),
    walls: hello.walls && wallsOf(hello.walls),
    address: hello.listenAddress === "" ? undefined : text("listen_address", hello.listenAddress),
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
    certificateExpiresAtMs: 1000 * amount("certificate_expires_s", heartbeat.certificateExpiresS),
    clockSkewMs: amount("now_ms", heartbeat.nowMs) - nowMs,
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

function text(field: string, value: string): string {
  if (value.length > MAX_TEXT) throw refuse(field, "too long");
  return value;
}

function amount(field: string, value: number | bigint): number {
  const number = Number(value);
  if (!(number >= 0 && number <= Number.MAX_SAFE_INTEGER)) throw refuse(field, "out of range");
  return number;
}

function refuse(field: string, why: string): OrbitError {
  return new OrbitError("invalid", `control stream: ${field}: ${why}`);
}
