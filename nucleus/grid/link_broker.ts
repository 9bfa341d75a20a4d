/** Grants Direct Links between Stars: who may take which files from whom, and where. */
import { formatAddress, parsePeerAddress } from "#core/config/mod.ts";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { type StarId, starServerName } from "#core/identity/mod.ts";
import { filesOf, type Grant, type GrantSigner, hashItems, UNREACHED } from "#core/link/mod.ts";
import {
  type LinkBroker,
  type LinkOfferer,
  type LinkSource,
  SCOPE_CAPABILITY,
} from "#core/remote/mod.ts";
import { LARGE_BYTES, type PackSource, type TransferRequest } from "#core/system/mod.ts";
import type { Star, StarRegistry } from "../store/mod.ts";

/** The port of a Star that names none. */
const STAR_PORT = 50051;

/** How long a grant is good for: one batch has to begin within that. */
const GRANT_MS = 15 * 60_000;

/** What parcels say beside content, for each file and in all, at most. */
const FILE_OVERHEAD_BYTES = 64 * 1024;

/** How often what a grant allows may be taken: a file that changes is taken again. */
const REPEATS = 3;

/** What is said beside the content of chunks: many are small. */
const CHUNK_OVERHEAD = 1.05;

/** Longer lists of paths don't fit into a grant. */
const MAX_WITHIN_LENGTH = 2048;

/** Stars that may help with one request; see `LinkSource.helpers`. */
const MAX_HELPERS = 8;

/** What the broker works with. */
export interface BrokerServices {
  stars: StarRegistry;
  signer: GrantSigner;
  /** Whose files a system is; undefined for the Nucleus's own. */
  starOf: (system: object) => StarId | undefined;
  /** Content between two Stars may pass through the Nucleus when they can't reach each other. */
  mayRelay: boolean;
  /** The job that content goes for. */
  job?: string;
  /** What the job is confined to, if to anything, at its source as at others who give. */
  scope?: readonly string[];
}

/** A broker for the systems that a `StarManager` gives out. */
export function createLinkBroker(services: BrokerServices): LinkBroker {
  const closed = new Map<string, OrbitError>();
  return {
    async link(source, target, request, unreached): Promise<LinkSource | undefined> {
      const from = services.starOf(source), to = services.starOf(target);
      // The Nucleus's own files are right here: nothing has to be dialled for them.
      if (from === undefined || to === undefined) return undefined;
      const giver = services.stars.byId(from), taker = services.stars.byId(to);
      if (giver === undefined || taker?.certificate === undefined) return undefined;
      const way = { ...services, giver, taker, closed };
      for (const { link, error } of unreached) closed.set(keyOf(way, link.address), error);
      const found = await pull(way, request) ?? await push(way, source, request);
      if (found !== undefined) return await withHelpers(found, way, request);
      if (services.mayRelay) return undefined;
      throw unreachable(way);
    },
  };
}

/** A way from one Star to another. */
interface Way extends BrokerServices {
  giver: Star;
  taker: Star;
  /** Ways that led to nobody, and why, for as long as the broker lives. */
  closed: Map<string, OrbitError>;
}

/** The destination dials the source. */
async function pull(way: Way, request: TransferRequest): Promise<LinkSource | undefined> {
  const { address } = way.giver;
  if (!address || parsePeerAddress(address, STAR_PORT) === undefined) return undefined;
  return way.closed.has(keyOf(way, address)) ? undefined : await grant(way, request, { address });
}

/** The source dials the destination, and is asked for the content there. */
async function push(
  way: Way,
  source: PackSource,
  request: TransferRequest,
): Promise<LinkSource | undefined> {
  const peer = way.taker.address ? parsePeerAddress(way.taker.address, STAR_PORT) : undefined;
  if (peer === undefined || !canOffer(source) || way.closed.has(keyOf(way, ""))) return undefined;
  const dial = { address: formatAddress(peer), star: way.taker.id };
  const link = await grant(way, request, { address: "", dial });
  try {
    await source.offerLink(link.grant);
    return link;
  } catch (error) {
    // A certificate that was just renewed is no reason for another way.
    if (!(error instanceof OrbitError) || error.code === "denied") throw error;
    way.closed.set(keyOf(way, ""), error);
    return undefined;
  }
}

async function grant(
  { signer, job, scope, giver, taker }: Way,
  request: TransferRequest,
  where: Pick<Grant, "address" | "dial">,
): Promise<LinkSource> {
  const { token } = await signer.sign({
    source: giver.id,
    ...where,
    destinationThumbprint: taker.certificate!.thumbprint,
    itemsHash: hashItems(filesOf(request, scope)),
    maxBytes: bytesOf(request),
    job,
  }, GRANT_MS);
  const { address } = where;
  return { address, serverName: starServerName(giver.id), grant: token, job };
}

function canOffer(source: PackSource): source is PackSource & LinkOfferer {
  return "offerLink" in source;
}

function keyOf({ giver, taker }: Way, address: string): string {
  return `${giver.id} ${taker.id} ${address}`;
}

/**
 * Ways to Stars of the taker's constellation, which may have some of the content: each gives chunks
 * to whoever knows their hashes, which only a source tells. For files that are asked about alone.
 */
async function withHelpers(
  link: LinkSource,
  { stars, signer, job, scope, giver, taker }: Way,
  request: TransferRequest,
): Promise<LinkSource> {
  const maxBytes = chunkBytesOf(request);
  if (maxBytes === 0 || request.options.wholeFile) return link;
  if (JSON.stringify(scope ?? []).length > MAX_WITHIN_LENGTH) return link;
  const near = stars.list({ status: "online", constellations: [taker.constellation], limit: 1000 })
    .filter(({ id, address, capabilities }) =>
      // One that doesn't know scopes would give whatever it has.
      (scope === undefined || capabilities.includes(SCOPE_CAPABILITY)) &&
      id !== giver.id && id !== taker.id && address !== undefined && stars.isConnected(id) &&
      parsePeerAddress(address, STAR_PORT) !== undefined
    );
  const helpers = await Promise.all(
    near.slice(0, MAX_HELPERS).map(async ({ id, address }) => {
      const { token } = await signer.sign({
        ...{ source: id, address: address!, job, chunks: true, within: scope, maxBytes },
        destinationThumbprint: taker.certificate!.thumbprint,
        itemsHash: hashItems({ sources: [], items: [], followLinks: false }),
      }, GRANT_MS);
      return { address: address!, serverName: starServerName(id), grant: token };
    }),
  );
  return helpers.length === 0 ? link : { ...link, helpers };
}

/** Chunks are asked for of large files only, and each once; 0 when there is none of them. */
function chunkBytesOf({ actions }: TransferRequest): number {
  let bytes = 0;
  for (const action of actions) {
    if (action.kind !== "copy" || action.size < LARGE_BYTES) continue;
    bytes += action.size * CHUNK_OVERHEAD + FILE_OVERHEAD_BYTES;
  }
  return Math.min(Math.ceil(bytes), Number.MAX_SAFE_INTEGER);
}

function bytesOf({ actions }: TransferRequest): number {
  let bytes = 0;
  for (const action of actions) {
    if (action.kind === "copy") bytes += action.size * 1.01 + FILE_OVERHEAD_BYTES;
  }
  return Math.min(Math.ceil(bytes * REPEATS), Number.MAX_SAFE_INTEGER);
}

/** How a source that can't be dialled, or can't dial, fails for now. */
const PASSING: readonly ErrorCode[] = ["unavailable", "exhausted"];

function unreachable(way: Way): OrbitError {
  const { giver, taker, closed } = way;
  const copy = `copy from Star ${giver.name} to Star ${taker.name}`;
  const tried = [giver.address ?? "", ""].flatMap((address) =>
    closed.get(keyOf(way, address)) ?? []
  );
  const why = [...new Set(tried.map(({ message }) => message))].join("; ");
  if (tried.some(({ code }) => PASSING.includes(code))) {
    const text = `${copy}: they can't reach each other now (${why}); if it stays so, let the ` +
      "content pass through the Nucleus (--relay)";
    return new OrbitError("unavailable", text, { detail: { retryable: true, errno: UNREACHED } });
  }
  const text =
    `${copy}: neither listens where the other can reach it${why && ` (${why})`}; start ` +
    "one with --listen, or let the content pass through the Nucleus (--relay)";
  return new OrbitError("unsupported", text);
}
