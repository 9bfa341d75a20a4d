/** Grants Direct Links between Stars: who may take which files from whom, and where. */
import { parsePeerAddress } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { type StarId, starServerName } from "#core/identity/mod.ts";
import { encodeItems, filesOf, type GrantSigner } from "#core/link/mod.ts";
import type { LinkBroker, LinkSource } from "#core/remote/mod.ts";
import type { TransferRequest } from "#core/system/mod.ts";
import type { Star, StarRegistry } from "../store/mod.ts";

/** The port of a Star that names none. */
const STAR_PORT = 50051;

/** How long a grant is good for: one batch has to begin within that. */
const GRANT_MS = 15 * 60_000;

/** What parcels say beside content, for each file and in all, at most. */
const FILE_OVERHEAD_BYTES = 64 * 1024;

/** How often what a grant allows may be taken: a file that changes is taken again. */
const REPEATS = 3;

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
}

/** A broker for the systems that a `StarManager` gives out. */
export function createLinkBroker(services: BrokerServices): LinkBroker {
  return {
    async link(source, target, request): Promise<LinkSource | undefined> {
      const from = services.starOf(source), to = services.starOf(target);
      // The Nucleus's own files are right here: nothing has to be dialled for them.
      if (from === undefined || to === undefined) return undefined;
      const giver = services.stars.byId(from), taker = services.stars.byId(to);
      if (giver === undefined || taker?.certificate === undefined) return undefined;
      const address = giver.address && parsePeerAddress(giver.address, STAR_PORT);
      if (!address) {
        if (services.mayRelay) return undefined;
        throw unreachable(giver, taker);
      }
      const { token } = await services.signer.sign({
        source: from,
        address: giver.address!,
        destinationThumbprint: taker.certificate.thumbprint,
        itemsHash: encodeItems(filesOf(request)).hash,
        maxBytes: bytesOf(request),
        job: services.job,
      }, GRANT_MS);
      return {
        ...{ address: giver.address!, serverName: starServerName(from), grant: token },
        job: services.job,
      };
    },
  };
}

function bytesOf({ actions }: TransferRequest): number {
  let bytes = 0;
  for (const action of actions) {
    if (action.kind === "copy") bytes += action.size * 1.01 + FILE_OVERHEAD_BYTES;
  }
  return Math.min(Math.ceil(bytes * REPEATS), Number.MAX_SAFE_INTEGER);
}

function unreachable(giver: Star, taker: Star): OrbitError {
  return new OrbitError(
    "unsupported",
    `copy from Star ${giver.name} to Star ${taker.name}: ${giver.name} listens nowhere, so ` +
      `${taker.name} can't reach it; start it with --listen, or let the content pass through the ` +
      "Nucleus (--relay)",
  );
}
