/** Manual mode from start to end. */
import type { Server } from "node:http";
import { systemClock } from "#core/clock.ts";
import { formatAddress } from "#core/config/addresses.ts";
import { LinkMeter } from "#core/link/meter.ts";
import type { Logger } from "#core/log/mod.ts";
import {
  createGrpcServer,
  type GrpcServer,
  openPlainPort,
  openTlsPort,
  type Port,
} from "#core/rpc/mod.ts";
import { openConfinedSystem } from "#core/system/confined_system.ts";
import { capabilitiesOf } from "../capabilities.ts";
import { serveFiles } from "../serve/star_service.ts";
import { FailureLimit } from "./failure_limit.ts";
import { serveManually } from "./service.ts";
import type { ManualSettings, ManualTls } from "./settings.ts";

const MAX_CALLS = 64;
const MAX_HASH_BYTES = 2 ** 40;
/** How long calls may go on after it was asked to stop. */
const GRACE_MS = 3_000;

/**
 * Serves until the signal aborts. This process's own rights to files are given up before anything
 * is listened on.
 *
 * @throws {OrbitError} what speaks against its roots, its certificate or its port.
 */
export async function runManually(
  { roots, listen, token, authSecret, peers, tls }: ManualSettings,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  // Loaded while this process may still read its own code.
  const { createMetricsServer } = await import("./metrics.ts");
  const { system, walls } = await openConfinedSystem({ roots, name: "star", least: 1 });
  await using _system = system;
  const closing = new AbortController();
  const files = serveFiles({
    ...{ system, roots, closing: closing.signal },
    ...{ maxCalls: MAX_CALLS, maxHashBytes: MAX_HASH_BYTES },
  });
  const failures = new FailureLimit(systemClock), meter = new LinkMeter();
  const served = serveManually({
    ...{ files, system, token, authSecret, peers, failures, meter, clock: systemClock },
    closing: closing.signal,
    capabilities: capabilitiesOf(roots),
  });
  await using server = createGrpcServer([served], { log });
  const http = createMetricsServer({ meter, token, failures });
  await using port = await openPort(listen, server, { tls, http, log });
  log.info("listening", {
    address: formatAddress({ host: port.hostname, port: port.port }),
    tls: tls !== undefined,
    roots: roots.map(({ path }) => path),
    walls: [walls.app, walls.runtime ? "permissions" : null, walls.kernel].filter(Boolean),
  });
  if (!signal.aborted) {
    await new Promise((stop) => signal.addEventListener("abort", stop, { once: true }));
  }
  log.info("stopping", { calls: server.calls });
  await server.drain(GRACE_MS);
  closing.abort();
}

function openPort(
  { host, port }: { host: string; port: number },
  server: GrpcServer,
  { tls, http, log }: { tls: ManualTls | undefined; http: Server; log: Logger },
): Promise<Port> {
  const accept = server.inject.bind(server);
  if (tls === undefined) return openPlainPort({ hostname: host, port, accept, http });
  const { certificatePem, keyPem, authorityPem } = tls;
  return openTlsPort({
    hostname: host,
    port,
    // Without an authority nobody's certificate is good, and none is needed.
    tls: { certificatePem, keyPem, authorityPem: authorityPem ?? certificatePem },
    members: accept,
    strangers: authorityPem === undefined ? accept : undefined,
    http,
    log,
  });
}
