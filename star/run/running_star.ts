/** A Star that has its files: it serves them, keeps its link, and tells how it is. */
import type { Bandwidth } from "#core/bandwidth/bandwidth.ts";
import type { Clock } from "#core/clock.ts";
import { formatAddress, isLoopback } from "#core/config/addresses.ts";
import { toErrorData } from "#core/errors.ts";
import type { LinkMeter } from "#core/link/meter.ts";
import type { Logger } from "#core/log/mod.ts";
import { VERSION } from "#core/program/version.ts";
import type { Transfers } from "#core/remote/lasting/transfers.ts";
import { stopping } from "#core/remote/gate.ts";
import type { CallContext } from "#core/rpc/mod.ts";
import type { OrbitSystem, StateFiles, Walls } from "#core/system/mod.ts";
import { capabilitiesOf } from "../capabilities.ts";
import { STAR_PORT } from "../config/ports.ts";
import { type CheckedCredentials, formatCredentials } from "../credentials.ts";
import { type LinkEvents, runLink } from "../link/link.ts";
import { fromStanding, type StarFacts, toHeartbeat, toHello } from "../link/messages.ts";
import { type Readiness, serveDirectly, serveInReverse } from "../serve/admission.ts";
import { openStarPort, type StarPort } from "../serve/listen.ts";
import { Sessions } from "../serve/sessions.ts";
import { replicateByLink } from "../serve/replicate_file.ts";
import { Taking } from "../serve/taking.ts";
import type { LateGiving } from "../serve/late_giving.ts";
import { serveFiles, type StarFiles } from "../serve/star_service.ts";
import type { StarUniverse } from "../universe/star_universe.ts";
import { StateFile } from "../state.ts";
import type { StandingName } from "../status.ts";
import { untilIdle } from "./drain.ts";
import { LinkReport } from "./link_report.ts";
import { LiveStatus } from "./live_status.ts";
import { PulseMeter } from "./pulse.ts";
import type { RunSettings } from "./settings.ts";

/** How long calls may go on after the Star was asked to stop. */
const GRACE_MS = 3_000;

/** What a running Star is made of. */
export interface StarParts {
  settings: RunSettings;
  log: Logger;
  clock: Clock;
  hostname: string;
  files: StateFiles;
  system: OrbitSystem;
  walls: Walls;
  /** Ends the calls, and transfers that go on without one. */
  closing: AbortController;
  transfers: Transfers;
  /** Refuses whoever isn't the Nucleus; there when the Star listens. */
  requireCaller?: (context: CallContext) => void;
  /** Gives content to other Stars. */
  giving: LateGiving;
  /** Counts what its Direct Links do. */
  meter: LinkMeter;
  /** What they may take each second, in all; no limit when absent. */
  download?: Bandwidth;
  /** What it has by the hash. */
  universe?: StarUniverse;
}

/** Runs once. */
export class RunningStar implements Readiness {
  standing: StandingName = "unknown";
  stopping = false;
  readonly #parts: StarParts;
  readonly #facts: StarFacts;
  readonly #pulse: PulseMeter;
  readonly #served: StarFiles;
  readonly #taking: Taking;
  readonly #status: LiveStatus;
  readonly #report: LinkReport;
  /** Ends the link well. */
  readonly #leaving = new AbortController();
  #credentials: CheckedCredentials;
  #port: StarPort | undefined;

  constructor(parts: StarParts) {
    this.#parts = parts;
    const { settings, system, clock, meter, download: limit, universe } = parts;
    const { roots, credentials, maxCalls, maxHashBytes, nucleus } = settings;
    this.#credentials = credentials;
    this.#pulse = new PulseMeter(roots, system);
    this.#report = new LinkReport(meter);
    // What others call this machine's own address is theirs, unless they are on this machine.
    const rule = { loopback: isLoopback(nucleus), ownName: parts.hostname };
    const dial = { credentials: () => this.#credentials, rule };
    Object.assign(parts.giving, dial);
    this.#taking = new Taking({ ...dial, meter, limit, clock, universe });
    const closing = parts.closing.signal;
    this.#served = serveFiles({
      ...{ system, roots, maxCalls, maxHashBytes, closing },
      replicateFile: replicateByLink({ system, closing, open: this.#taking.openGranted }),
      ...{ openLink: this.#taking.open, offerLink: parts.giving.offer, transfers: parts.transfers },
    });
    if (universe) universe.isBusy = () => this.#served.activeCalls > 0;
    this.#facts = {
      capabilities: capabilitiesOf(roots),
      hostname: parts.hostname,
      bootId: crypto.randomUUID(),
      roots,
      walls: parts.walls,
      listenAddress: advertisedAddress(settings, parts.hostname),
    };
    this.#status = new LiveStatus(this.#firstStatus(clock.now()), parts);
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = () => void this.#stop();
    if (signal.aborted) return;
    signal.addEventListener("abort", stop, { once: true });
    try {
      await this.#start();
      await this.#keepLink();
    } catch (error) {
      this.#status.change({ lastError: this.#toLastError(error) });
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#parts.closing.abort(stopping());
      await this.#port?.[Symbol.asyncDispose]();
      await this.#parts.transfers[Symbol.asyncDispose]();
      await this.#taking[Symbol.asyncDispose]();
      this.#status.link("ended");
      await this.#status.settled();
    }
  }

  async #start(): Promise<void> {
    const { settings, log, walls, universe } = this.#parts;
    universe?.start();
    await this.#pulse.refresh();
    this.#status.change({ roots: this.#pulse.roots() });
    if (settings.listen !== undefined) await this.#listen();
    log.info("Star started", {
      star: settings.identity.name,
      nucleus: formatAddress(settings.nucleus),
      roots: settings.roots.map(({ path }) => path),
      walls: [walls.app, walls.runtime ? "permissions" : null, walls.kernel].filter(Boolean),
    });
    for (const [wall, reason] of Object.entries(walls.whyNot)) {
      log.warn("a wall doesn't stand", { wall, reason });
    }
  }

  async #listen(): Promise<void> {
    const { settings, requireCaller, log, clock } = this.#parts;
    const served = serveDirectly(this.#served, {
      sessions: new Sessions(clock),
      capabilities: this.#facts.capabilities,
      requireCaller: requireCaller!,
      readiness: this,
    });
    const credentials = this.#credentials;
    const { http, offered } = await this.#parts.giving.open();
    this.#taking.askOn(offered);
    this.#port = await openStarPort(settings.listen!, served, { credentials, log, http });
    const { hostname: host, port } = this.#port;
    this.#status.change({ listen: formatAddress({ host, port }) });
    log.info("listening", { address: formatAddress({ host, port }) });
  }

  #keepLink(): Promise<void> {
    const { settings, clock, log } = this.#parts;
    return runLink({
      nucleus: settings.nucleus,
      credentials: this.#credentials,
      keep: (credentials) => this.#keep(credentials),
      served: [serveInReverse(this.#served, this)],
      activeCalls: () => this.#served.activeCalls,
      hello: () => toHello(this.#helloFacts(), this.#heartbeat(1n)),
      heartbeat: (sequence) => this.#heartbeat(sequence),
      events: this.#events(),
      // Only what is asked of the outside ends the Star, and that lets calls end first.
      signal: new AbortController().signal,
      closing: this.#leaving.signal,
      clock,
      log,
    });
  }

  /** A port that the system chose is known only now. */
  #helloFacts(): StarFacts {
    const { settings, hostname } = this.#parts;
    const port = this.#port?.port;
    if (port === undefined || settings.advertise !== undefined) return this.#facts;
    const listen = { ...settings.listen!, port };
    return { ...this.#facts, listenAddress: advertisedAddress({ listen }, hostname) };
  }

  #heartbeat(sequence: bigint) {
    return toHeartbeat(sequence, {
      ...this.#pulse.look(),
      activeCalls: this.#served.activeCalls,
      certificateExpiresAtMs: this.#credentials.notAfter,
      nowMs: this.#parts.clock.now(),
      ...this.#report.say(sequence),
    });
  }

  #events(): LinkEvents {
    const { log, transfers } = this.#parts;
    const status = this.#status;
    return {
      connecting: () => status.link("connecting"),
      connected: ({ name, constellation, nucleusVersion, grantKey }, skewMs) => {
        if (grantKey !== "") {
          this.#taking.learnKey(grantKey);
          this.#parts.giving.learnKey(grantKey);
        }
        log.info("connected to the Nucleus", { star: name, constellation });
        status.link("connected", {
          ...{ name, constellation, nucleusVersion, clockSkewMs: Math.round(skewMs) },
          ...{ roots: this.#pulse.roots(), lastError: undefined },
          transfersAlone: transfers.alone,
        });
      },
      waiting: (_, error) =>
        status.link("waiting", {
          lastError: this.#toLastError(error),
          transfersAlone: transfers.alone,
        }),
      revoked: ({ thumbprints }) =>
        this.#parts.giving.learnRevoked(new Set(thumbprints.map((one) => one.toHex()))),
      standing: (standing) => this.#changeStanding(fromStanding(standing)),
      heard: (sequence) => this.#report.heard(sequence),
      beat: () =>
        status.figures({
          activeCalls: this.#served.activeCalls,
          roots: this.#pulse.roots(),
          transfersAlone: transfers.alone,
        }),
    };
  }

  #changeStanding(standing: StandingName): void {
    if (standing === this.standing) return;
    this.standing = standing;
    this.#status.change({ standing });
    const { log, settings } = this.#parts;
    if (standing === "pending") {
      const { name } = settings.identity;
      log.warn(`waits to be approved: orbit-nucleus star approve ${name}`);
    } else log.info("standing", { standing });
  }

  /** One file is replaced as a whole, so that no crash leaves a key without its certificate. */
  async #keep(credentials: CheckedCredentials): Promise<void> {
    const bytes = new TextEncoder().encode(formatCredentials(credentials).reveal());
    await this.#parts.files.write(StateFile.credentials, bytes);
    this.#credentials = credentials;
    await this.#port?.replaceCertificate(credentials);
    this.#status.change({ certificateExpiresAtMs: credentials.notAfter });
  }

  async #stop(): Promise<void> {
    const { log, clock } = this.#parts;
    this.stopping = true;
    log.info("stopping", { calls: this.#served.activeCalls });
    const left = await untilIdle(() => this.#served.activeCalls, { clock, graceMs: GRACE_MS });
    if (left > 0) log.warn("calls ended", { calls: left });
    this.#parts.closing.abort(stopping());
    this.#leaving.abort();
  }

  #toLastError(error: unknown) {
    return { message: toErrorData(error).message, atMs: this.#parts.clock.now() };
  }

  #firstStatus(nowMs: number) {
    const { settings: { identity, nucleus }, walls } = this.#parts;
    return {
      ...{ version: VERSION, pid: Deno.pid, startedAtMs: nowMs },
      starId: identity.starId,
      name: identity.name,
      constellation: identity.constellation,
      nucleus: formatAddress(nucleus),
      ...{
        link: "connecting" as const,
        standing: this.standing,
        roots: this.#pulse.roots(),
        walls,
      },
      certificateExpiresAtMs: this.#credentials.notAfter,
      activeCalls: 0,
    };
  }
}

/** Where others are told to reach it; empty when it only dials. */
function advertisedAddress(
  { listen, advertise }: Pick<RunSettings, "listen" | "advertise">,
  hostname: string,
): string {
  if (listen === undefined) return "";
  if (advertise !== undefined) return formatAddress(advertise);
  const isEverywhere = ["", "0.0.0.0", "::"].includes(listen.host);
  return formatAddress({
    host: isEverywhere ? hostname : listen.host,
    port: listen.port === 0 ? STAR_PORT : listen.port,
  });
}
