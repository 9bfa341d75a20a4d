/** The Nucleus, put together: one database, one port, one dispatcher. */
import { createServer, type RequestListener, type Server as HttpServer } from "node:http";
import { hostname as ownHostname } from "node:os";
import type { Clock } from "#core/clock.ts";
import { formatAddress } from "#core/config/mod.ts";
import { type OrbitError, toErrorData } from "#core/errors.ts";
import type { Authority } from "#core/identity/mod.ts";
import { GrantSigner } from "#core/link/mod.ts";
import type { Logger } from "#core/log/mod.ts";
import { type JobStore, openJobStore } from "#core/magnetar/mod.ts";
import { encodeScanBatch } from "#core/remote/mod.ts";
import { perMinute } from "#core/rate_limit.ts";
import { createGrpcServer, type GrpcServer, openTlsPort, type TlsPort } from "#core/rpc/mod.ts";
import { type Adoption, createAdoption } from "./adoption/mod.ts";
import { type NucleusConfig, ownRoots } from "./config/mod.ts";
import {
  issueServerCertificate,
  readAuthority,
  readGrantKeys,
  type ServerCertificate,
} from "./data/folder.ts";
import { openLocalFiles } from "./data/local_files.ts";
import { type GridServices, serveStars, serveStrangers } from "./grid/control.ts";
import { watchGrid } from "./grid/watch.ts";
import { StarLinks } from "./grid/star_links.ts";
import { StarSystems } from "./grid/star_systems.ts";
import { StarManager } from "./grid/star_manager.ts";
import { JobChanges } from "./jobs/changes.ts";
import { JobDispatcher } from "./jobs/dispatcher.ts";
import { NucleusMetrics } from "./metrics/mod.ts";
import { type GridStore, openGridStore } from "./store/mod.ts";

/** Longer than clients keep a connection that rests: it is for them to end it, not in mid-request. */
const KEEP_ALIVE_MS = 120_000;

/** How long calls and requests may take to end when the Nucleus stops. */
const DRAIN_MS = 2000;

/** What a Nucleus is started with. */
export interface NucleusSettings {
  /** The data folder; a Nucleus was made there. */
  folder: string;
  config: NucleusConfig;
  /** Where that was read from. */
  configFile?: string;
}

/** What a Nucleus needs of its process. */
export interface NucleusServices {
  clock: Clock;
  log: Logger;
}

/** A Nucleus's parts, without its port: what commands on this machine work with, too. */
export interface NucleusParts extends Disposable {
  readonly store: GridStore;
  readonly jobs: JobStore;
  readonly authority: Authority;
  readonly adoption: Adoption;
}

/** A Nucleus at work. */
export interface Nucleus extends AsyncDisposable {
  readonly parts: NucleusParts;
  readonly links: StarLinks;
  readonly manager: StarManager;
  readonly dispatcher: JobDispatcher;
  /** Tells of every change of a job. */
  readonly changes: JobChanges;
  readonly metrics: NucleusMetrics;
  /** Takes the requests that come by HTTP. */
  readonly http: HttpServer;
  /** HOST:PORT that is listened on. */
  readonly address: string;
  readonly port: number;
}

/**
 * Opens the databases and the authority of a Nucleus; they are its alone until it is disposed of.
 *
 * @throws {OrbitError} `not_found` when no Nucleus was made there; `conflict` when one is running
 * there; `corrupt` when a database is damaged.
 */
export async function openParts(
  { folder, config }: NucleusSettings,
  { clock, log }: NucleusServices,
): Promise<NucleusParts> {
  const authority = await readAuthority(folder, clock);
  using stack = new DisposableStack();
  const store = stack.use(openGridStore(folder, { clock }));
  const jobs = stack.use(openJobStore(folder, { clock }));
  const adoption = createAdoption({
    ...{ store, authority, clock },
    certificateLifetimeMs: config.certificates.star_lifetime,
    limits: { failuresInAll: perMinute(config.limits.failed_joins_per_minute) },
    onListenerError: (error) => log.error("listener failed", { error: toErrorData(error).message }),
  });
  const owned = stack.move();
  return { store, jobs, authority, adoption, [Symbol.dispose]: () => owned.dispose() };
}

/**
 * Starts a Nucleus: takes up the jobs that its last process left, and listens. When it is disposed
 * of, jobs are interrupted, and the next process goes on with them.
 *
 * @param handler Makes what answers requests by HTTP.
 * @throws {OrbitError} as {@linkcode openParts}; `conflict` when the port is taken.
 */
export async function openNucleus(
  settings: NucleusSettings,
  services: NucleusServices,
  handler: (nucleus: Omit<Nucleus, "http" | "address" | "port">) => RequestListener,
): Promise<Nucleus> {
  const { clock, log } = services;
  const { config } = settings;
  await using stack = new AsyncDisposableStack();
  const parts = stack.use(await openParts(settings, services));
  const { store, jobs, authority, adoption } = parts;
  const names = serverNames(config);
  let certificate = await issueServerCertificate(authority, names);
  const links = new StarLinks();
  const grantKeys = await readGrantKeys(settings.folder);
  const signer = await GrantSigner.open(grantKeys.privatePem, clock);
  let refusedConnections = () => 0;
  const metrics = new NucleusMetrics({
    ...{ stars: store.stars, links, clock },
    jobs: { countsByState: () => dispatcher.countsByState() },
    refusedConnections: () => refusedConnections(),
  });
  const systems = new StarSystems({
    ...{ stars: store.stars, signer },
    onRelayed: (bytes) => metrics.relayed(bytes),
  });
  const local = await openLocalFiles(ownRoots(config), settings);
  if (local !== undefined) stack.use(local);
  const manager = stack.use(
    new StarManager({
      ...{ stars: store.stars, links, systems, local, clock, log },
      onNotReached: () => metrics.notReached(),
      credentials: () => ({
        authorityPem: authority.certificatePem,
        certificatePem: certificate.certificatePem,
        keyPem: certificate.keyPem,
      }),
    }),
  );
  const changes = new JobChanges();
  const dispatcher: JobDispatcher = stack.use(
    new JobDispatcher({
      onChange: changes.tell,
      ...{ store: jobs, systems: manager, clock, encodeScan: encodeScanBatch },
      onCrash: (id, { message }) => log.error("job stopped", { job: id, error: message }),
      onTrouble: ({ message }, isOver) =>
        isOver
          ? log.info("jobs can be written again, and go on")
          : log.error("jobs can't be written, and wait", { error: message }),
    }),
  );
  const inside = {
    parts,
    links,
    manager,
    dispatcher,
    changes,
    metrics,
    [Symbol.asyncDispose]: undefined as never,
  };
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handler(inside));
  stack.defer(() => void http.closeAllConnections());
  const grantKey = grantKeys.publicPem;
  const grid: GridServices = {
    ...{ stars: store.stars, adoption, links, metrics, clock, log, grantKey },
    addresses: config.stars.addresses,
  };
  const servers = openServers(grid);
  const port = stack.use(await openPort(config, authority, certificate, { servers, http, log }));
  refusedConnections = () =>
    Object.values(port.counts.refused).reduce((sum, count) => sum + count, 0);
  stack.defer(() => drain(servers, links));
  const stop = new AbortController();
  const flushing = store.run({
    signal: stop.signal,
    onTrouble: ({ message }) => log.error("database can't be written", { error: message }),
  });
  stack.defer(() => {
    stop.abort();
    return flushing;
  });
  stack.use(watchGrid({ adoption, stars: store.stars, links, manager, metrics, clock, log }));
  stack.use(keepCertificate(() => certificate, clock, log, async () => {
    certificate = await issueServerCertificate(authority, names);
    await port.replaceCertificate(tlsOf(authority, certificate));
  }));
  dispatcher.start();
  const owned = stack.move();
  return {
    ...inside,
    http,
    address: formatAddress({ host: port.hostname, port: port.port }),
    port: port.port,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What Stars and people may call this machine by. */
function serverNames({ listen }: NucleusConfig): string[] {
  const { host } = listen.address;
  const own = ["localhost", "127.0.0.1", "::1", ownHostname().toLowerCase()];
  return [...new Set([...listen.names, ...(host === "" ? [] : [host]), ...own])].filter(isName);
}

/** A host name may hold what no certificate may. */
function isName(name: string): boolean {
  return /^[a-z0-9.:-]{1,253}$/i.test(name) && name !== "0.0.0.0" && name !== "::";
}

interface Servers {
  members: GrpcServer;
  strangers: GrpcServer;
}

function openServers(grid: GridServices): Servers {
  const { log } = grid;
  return {
    members: createGrpcServer([serveStars(grid)], { log, maxCalls: 16_384 }),
    strangers: createGrpcServer([serveStrangers(grid)], {
      log,
      maxCalls: 512,
      maxCallsPerConnection: 4,
      maxConnectionIdleMs: 10_000,
      maxConnectionAgeMs: 60_000,
    }),
  };
}

async function drain({ members, strangers }: Servers, links: StarLinks): Promise<void> {
  for (const link of links) link.end();
  await Promise.all([members.drain(DRAIN_MS), strangers.drain(DRAIN_MS)]);
}

async function openPort(
  { listen }: NucleusConfig,
  authority: Authority,
  certificate: ServerCertificate,
  { servers, http, log }: { servers: Servers; http: HttpServer; log: Logger },
): Promise<TlsPort> {
  return await openTlsPort({
    hostname: listen.address.host === "" ? "::" : listen.address.host,
    port: listen.address.port,
    tls: tlsOf(authority, certificate),
    members: (socket) => servers.members.inject(socket),
    strangers: (socket) => servers.strangers.inject(socket),
    http,
    log,
  });
}

function tlsOf(authority: Authority, { certificatePem, keyPem }: ServerCertificate) {
  return { authorityPem: authority.certificatePem, certificatePem, keyPem };
}

/** Has the next certificate of the Nucleus made when it is due. */
function keepCertificate(
  current: () => ServerCertificate,
  clock: Clock,
  log: Logger,
  renew: () => Promise<void>,
): Disposable {
  let renewing = false;
  const timer = setInterval(async () => {
    if (renewing || clock.now() < current().renewAt) return;
    renewing = true;
    try {
      await renew();
      log.info("the Nucleus has a new certificate");
    } catch (error) {
      log.error("the Nucleus's certificate can't be renewed", {
        error: (error as OrbitError).message,
      });
    } finally {
      renewing = false;
    }
  }, 60_000);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
