/** The taking end of a Star's Direct Links. */
import type { Bandwidth } from "#core/bandwidth/bandwidth.ts";
import type { Clock } from "#core/clock.ts";
import { parsePeerAddress } from "#core/config/addresses.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { starServerName } from "#core/identity/names.ts";
import { type LinkSource, openLink } from "#core/link/client.ts";
import type { Grant, GrantReader } from "#core/link/grant.ts";
import { filesOf } from "#core/link/items.ts";
import { isUnreached, type LinkCredentials } from "#core/link/connection.ts";
import type { DialRule } from "#core/link/dialable.ts";
import type { LinkMeter } from "#core/link/meter.ts";
import type { OfferedConnections } from "#core/link/offered.ts";
import { LinkPool } from "#core/link/pool.ts";
import type { LinkSource as HelperLink, OpenedLink, OpenLink } from "#core/remote/link.ts";
import {
  type ActionResult,
  isOneRequest,
  type NearbyChunks,
  type TransferRequest,
} from "#core/system/mod.ts";
import { Helper, HELPER_TIMEOUTS, Resting } from "./helper.ts";
import type { OpenGranted } from "./replicate_file.ts";
import { STAR_PORT } from "../config/ports.ts";
import { UnreachedBatches } from "./unreached.ts";

/** What links for chunks are opened with. */
const NO_FILES = { sources: [], items: [], followLinks: false };

/** What taking works with. */
export interface TakingParts {
  /** As they are now. */
  credentials: () => LinkCredentials;
  /** Whom it dials; Stars on this machine, too, when left out. */
  rule?: DialRule;
  meter: LinkMeter;
  /** What may be taken each second, in all; no limit when absent. */
  limit?: Bandwidth;
  clock: Clock;
  /** What is here by the hash, and is told what came. */
  universe?: NearbyChunks & { note(path: string, size: number): void };
}

/** Opens links with the Star's own certificate, and counts what comes of them. */
export class Taking implements AsyncDisposable {
  readonly #parts: TakingParts;
  readonly #pool: LinkPool;
  readonly #resting: Resting;
  readonly #unreached: UnreachedBatches;
  /** Checks grants by the Nucleus's key, once that is known. */
  #grants: (() => Promise<GrantReader>) | undefined;

  constructor(parts: TakingParts) {
    this.#parts = parts;
    this.#pool = new LinkPool(parts.credentials, parts.rule);
    this.#resting = new Resting(parts.clock);
    this.#unreached = new UnreachedBatches(parts.clock);
  }

  readonly open: OpenLink = async (
    { address: text, serverName, grant, job = serverName, scope, helpers = [] },
    request,
    signal,
  ) => {
    const address = text === "" ? undefined : parsePeerAddress(text, STAR_PORT);
    if (text !== "" && address === undefined) {
      throw new OrbitError("invalid", "open link: the address is none");
    }
    const { itemsHash } = await this.#requireNamed(text, serverName, grant);
    const target = { address, serverName, grant };
    const { meter, limit, clock, universe } = this.#parts;
    const batch = new MeteredBatch(request, signal, { meter, clock, universe });
    const key = `${serverName} ${itemsHash}`;
    this.#unreached.tryAgain(key, text);
    const take = (bytes: number) => {
      meter.tookBytes(bytes);
      return limit?.take(job, bytes, signal);
    };
    try {
      const packAll = isOneRequest(request);
      const link = await openLink(target, filesOf(request, scope), this.#pool, { signal, packAll });
      const useful = helpers.filter((helper) => !this.#resting.has(helper.serverName));
      const near = useful.map((helper) =>
        new Helper(helper.address, () => this.#openHelper(helper, signal), take)
      );
      const own = universe && scope ? narrowed(universe, scope) : universe;
      return metered(link, batch, { take, near, universe: own });
    } catch (error) {
      if (isUnreached(error)) this.#unreached.keep(key, text, batch.brokeOffLater());
      else batch.brokeOff();
      throw error;
    }
  };

  /** Asks on connections of Stars that dial this one, too. */
  askOn(offered: OfferedConnections): void {
    this.#pool.offered = offered;
  }

  async #openHelper(
    { address: text, serverName, grant }: HelperLink,
    signal: AbortSignal,
  ): Promise<LinkSource> {
    const address = parsePeerAddress(text, STAR_PORT);
    if (address === undefined) throw new OrbitError("invalid", "open link: the address is none");
    await this.#requireNamed(text, serverName, grant);
    const options = { signal, timeouts: HELPER_TIMEOUTS };
    try {
      return await openLink({ address, serverName, grant }, NO_FILES, this.#pool, options);
    } catch (error) {
      if (!signal.aborted) this.#resting.begin(serverName);
      throw error;
    }
  }

  /** Checks grants by the Nucleus's key from here on. */
  learnKey(publicPem: string): void {
    const open = async () => {
      // The library takes megabytes, which a Star that takes nothing needn't have.
      const { GrantReader } = await import("#core/link/grant.ts");
      return await GrantReader.open(publicPem, this.#parts.clock);
    };
    let opened: Promise<GrantReader> | undefined;
    this.#grants = () => opened ??= open();
  }

  /** Whoever asks, nobody is dialled whom the Nucleus didn't name in what it signed. */
  async #requireNamed(address: string, serverName: string, token: string): Promise<Grant> {
    try {
      const grant = await this.#read(token);
      if (grant.address === address && starServerName(grant.source) === serverName) return grant;
      throw new OrbitError("denied", "open link: its grant is for another address");
    } catch (error) {
      if (toOrbitError(error).code === "denied") this.#parts.meter.refusedGrant();
      throw error;
    }
  }

  async #read(token: string): Promise<Grant> {
    if (this.#grants === undefined) {
      throw new OrbitError("unavailable", "open link: this Star knows no key of its Nucleus yet", {
        detail: { retryable: true },
      });
    }
    return await (await this.#grants()).read(token);
  }

  /** As `open`, to the Star that the grant is for. */
  readonly openGranted: OpenGranted = async (address, token, request, { scope, signal }) => {
    const { source, maxBytes } = await this.#read(token);
    const target = { address, serverName: starServerName(source), grant: token, scope };
    return { link: await this.open(target, request, signal), maxBytes };
  };

  [Symbol.asyncDispose](): Promise<void> {
    this.#unreached[Symbol.dispose]();
    return this.#pool[Symbol.asyncDispose]();
  }
}

/** One batch, counted once. */
class MeteredBatch {
  readonly #parts: Pick<TakingParts, "meter" | "clock" | "universe">;
  readonly #request: TransferRequest;
  readonly #copies: readonly number[];
  readonly #signal: AbortSignal;
  readonly #startedMs: number;
  #isOver = false;

  constructor(
    request: TransferRequest,
    signal: AbortSignal,
    parts: Pick<TakingParts, "meter" | "clock" | "universe">,
  ) {
    const { actions } = request;
    this.#request = request;
    this.#copies = actions.flatMap(({ kind }, index) => kind === "copy" ? [index] : []);
    this.#signal = signal;
    this.#parts = parts;
    this.#startedMs = parts.clock.elapsed();
  }

  ended(results: readonly ActionResult[]): void {
    this.#count(this.#copies.filter((index) => results[index].error !== undefined).length);
    const { base, actions } = this.#request;
    for (const index of this.#copies) {
      const { error, size = 0 } = results[index], { path } = actions[index];
      if (error === undefined) this.#parts.universe?.note(`${base}/${path}`, size);
    }
  }

  /** What its caller stopped has neither failed nor been done. */
  brokeOff(): void {
    if (!this.#signal.aborted) this.#count(this.#copies.length);
  }

  /** As `brokeOff`, of a batch that broke off now, when it turns out that nothing else brought it. */
  brokeOffLater(): () => void {
    const isStopped = this.#signal.aborted, tookMs = this.#elapsedMs;
    return () => {
      if (!isStopped) this.#count(this.#copies.length, tookMs);
    };
  }

  get #elapsedMs(): number {
    return this.#parts.clock.elapsed() - this.#startedMs;
  }

  #count(failed: number, tookMs = this.#elapsedMs): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { meter } = this.#parts;
    meter.tookBatch({ taken: this.#copies.length - failed, failed, tookMs });
  }
}

/** What a link is beside itself. */
interface Around {
  /** Counts bytes that came, and says how long they are held up. */
  take: (bytes: number) => Promise<void> | undefined;
  near: Helper[];
  universe: NearbyChunks | undefined;
}

/** What is here of a scope. */
function narrowed(universe: NearbyChunks, within: readonly string[]): NearbyChunks {
  const { name, isHere } = universe;
  return {
    ...{ name, isHere },
    find: (hashes, options) => universe.find(hashes, { ...options, within }),
    packChunks: (hashes, options) => universe.packChunks(hashes, { ...options, within }),
  };
}

function metered(
  link: LinkSource,
  batch: MeteredBatch,
  { take, near, universe }: Around,
): OpenedLink {
  return {
    name: link.name,
    near: universe === undefined ? near : [universe, ...near],
    async *pack(request, options) {
      for await (const parcel of link.pack(request, options)) {
        await take(parcel.length);
        yield parcel;
      }
    },
    ended: (results) => batch.ended(results),
    async [Symbol.asyncDispose]() {
      batch.brokeOff();
      await Promise.all([link, ...near].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
