/** What a Star says of itself through its control stream. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { LinkTotals } from "#core/link/meter.ts";
import { encodeName } from "#core/names.ts";
import { VERSION } from "#core/program/version.ts";
import type { Walls } from "#core/system/walls.ts";
import {
  type HeartbeatSchema,
  type HelloSchema,
  type LinkTotalsSchema,
  Standing,
  type WallsSchema,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Root } from "#core/program/roots.ts";
import type { MachineFacts } from "../facts.ts";
import type { StandingName } from "../status.ts";

/** What stays the same from start to end. */
export interface StarFacts {
  readonly capabilities: readonly string[];
  readonly hostname: string;
  /** Differs with every start. */
  readonly bootId: string;
  readonly roots: readonly Root[];
  readonly walls: Walls;
  /** HOST:PORT; empty when it only dials. */
  readonly listenAddress: string;
}

/** What changes all the time. */
export interface Pulse extends MachineFacts {
  disks: { path: string; freeBytes: number; totalBytes: number }[];
  activeCalls: number;
  certificateExpiresAtMs: number;
  nowMs: number;
  links: LinkTotals;
  /** As a Nucleus has acknowledged them. */
  linksTold: LinkTotals;
}

type Hello = MessageInitShape<typeof HelloSchema>;
type Heartbeat = MessageInitShape<typeof HeartbeatSchema>;

export function toHello(facts: StarFacts, heartbeat: Heartbeat): Hello {
  const { capabilities, hostname, bootId, roots, walls, listenAddress } = facts;
  return {
    version: VERSION,
    capabilities: [...capabilities],
    hostname,
    bootId,
    roots: roots.map(({ path, read, write }) => ({ path: encodeName(path), read, write })),
    walls: toWalls(walls),
    listenAddress,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    heartbeat,
  };
}

export function toHeartbeat(sequence: bigint, pulse: Pulse): Heartbeat {
  const { disks, certificateExpiresAtMs, nowMs, links, linksTold, ...facts } = pulse;
  return {
    sequence,
    cpuPercent: facts.cpuPercent,
    memoryUsedBytes: BigInt(facts.memoryUsedBytes),
    memoryTotalBytes: BigInt(facts.memoryTotalBytes),
    residentBytes: BigInt(facts.residentBytes),
    load: facts.load,
    disks: disks.map(({ path, freeBytes, totalBytes }) => ({
      path: encodeName(path),
      freeBytes: BigInt(freeBytes),
      totalBytes: BigInt(totalBytes),
    })),
    activeCalls: facts.activeCalls,
    certificateExpiresS: BigInt(Math.floor(certificateExpiresAtMs / 1000)),
    nowMs: BigInt(Math.round(nowMs)),
    links: toLinkTotals(links),
    linksTold: toLinkTotals(linksTold),
  };
}

function toLinkTotals(totals: LinkTotals): MessageInitShape<typeof LinkTotalsSchema> {
  return {
    filesTaken: BigInt(totals.filesTaken),
    filesFailed: BigInt(totals.filesFailed),
    bytesTaken: BigInt(totals.bytesTaken),
    bytesGiven: BigInt(totals.bytesGiven),
    grantsRefused: BigInt(totals.grantsRefused),
    batches: totals.batches.map(BigInt),
    batchesMs: BigInt(totals.batchesMs),
  };
}

function toWalls({ app, runtime, kernel, whyNot }: Walls): MessageInitShape<typeof WallsSchema> {
  const kernelReason = kernel === null ? whyNot.kernel ?? "unknown" : "";
  return { app: app ?? "", runtime, kernel: kernel ?? "", kernelReason };
}

const STANDINGS: Record<Standing, StandingName> = {
  [Standing.UNSPECIFIED]: "unknown",
  [Standing.PENDING]: "pending",
  [Standing.ACTIVE]: "active",
  [Standing.DRAINING]: "draining",
  [Standing.REVOKED]: "revoked",
};

/** A standing of a newer Nucleus is one that gives no rights. */
export function fromStanding(standing: Standing): StandingName {
  return STANDINGS[standing] ?? "unknown";
}
