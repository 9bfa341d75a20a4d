/** The giving end of Direct Links: grants in, parcels out. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { create, toBinary } from "@bufbuild/protobuf";
import type { Bandwidth } from "#core/bandwidth/bandwidth.ts";
import type { Clock } from "#core/clock.ts";
import { type ErrorCode, OrbitError, toOrbitError } from "#core/errors.ts";
import { readPeer, requireStar, type StarPeer } from "#core/identity/mod.ts";
import { type Logger, silentLogger } from "#core/log/mod.ts";
import type { PackOptions, PackSource } from "#core/system/parcel/request.ts";
import { confineTo } from "#core/system/confine.ts";
import type { Confinable } from "#core/system/system.ts";
import type { NearbyChunks } from "#core/system/parcel/nearby.ts";
import {
  LinkItemsSchema,
  LinkRefusalSchema,
  OpenLinkRequestSchema,
  OpenLinkResponseSchema,
  PackRangesRequestSchema,
} from "#proto/gen/orbit/v1/link_pb.ts";
import type { GrantVerifier } from "./grant.ts";
import { fromLinkItems, hashLinkItems, MAX_ITEMS_BYTES } from "./items.ts";
import type { LinkMeter } from "./meter.ts";
import { Answers } from "./answering.ts";
import { IDLE_MS, type OpenLink, OpenLinks } from "./open_links.ts";
import { MessageReader } from "./read_message.ts";
import { answerFind, type ChunkService, hashesFor, readWanted } from "./serve_chunks.ts";
import { charge, toItem } from "./wanted_items.ts";
import type { ReplayGuard } from "./replay.ts";

/** Ranges of one request. */
const MAX_RANGES = 65_536;
/** Bytes of requests: for a link, with a grant; for ranges. */
const MOST_OPEN = MAX_ITEMS_BYTES + 64 * 1024, MOST_PACK = MAX_RANGES * 80;
/** Bytes that may be cut into chunks beyond those that may be taken: ranges reach over their ends. */
const CUTS_BESIDE = 64 * 1024 * 1024;

/** What the giving end works with. */
export interface LinkServerServices {
  source: PackSource & Partial<Confinable<PackSource>>;
  /** What this Star has by the hash; nothing is told of it when absent. */
  chunks?: NearbyChunks;
  /** As it is now: none before the Nucleus has told its key. */
  verifier: () => GrantVerifier | undefined;
  replay: ReplayGuard;
  /** Whether the certificate with this thumbprint is refused before its end. */
  isRevoked?: (thumbprint: string) => boolean;
  clock: Clock;
  log?: Logger;
  /** Counts what is given, and grants that are refused. */
  meter?: Pick<LinkMeter, "gaveBytes" | "refusedGrant">;
  /** What may be given each second, in all; no limit when absent. */
  limit?: Pick<Bandwidth, "take" | "bytesPerSecond">;
}

/** Answers `/link/v1/…` of an HTTPS server that asks for certificates. */
export function createLinkServer(services: LinkServerServices): RequestListener {
  const server = new LinkServer(services);
  return (request, response) => void server.answer(request, response);
}

class LinkServer {
  readonly #services: LinkServerServices;
  readonly #log: Logger;
  readonly #links: OpenLinks;
  readonly #messages = new MessageReader();
  readonly #answers: Answers;

  constructor(services: LinkServerServices) {
    this.#services = services;
    this.#links = new OpenLinks(services.clock);
    this.#log = services.log ?? silentLogger;
    this.#answers = new Answers(services, (thumbprint) => this.#requireNotRevoked(thumbprint));
  }

  /** Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.method !== "POST") throw new OrbitError("unsupported", "link: POST only");
      if (request.url === "/link/v1/open") return await this.#open(request, response);
      const peer = this.#peer(request);
      if (request.url === "/link/v1/pack") return await this.#pack(peer, request, response);
      if (request.url === "/link/v1/find") return await this.#find(peer, request, response);
      if (request.url === "/link/v1/chunks") return await this.#chunks(peer, request, response);
      if (request.url === "/link/v1/close") return this.#close(peer, request, response);
      throw new OrbitError("not_found", "link: no such path");
    } catch (error) {
      this.#refuse(response, toOrbitError(error));
    }
  }

  #peer(request: IncomingMessage): StarPeer {
    const socket = request.socket as TLSSocket;
    const peer = requireStar(readPeer(socket.getPeerCertificate?.(), this.#services.clock));
    this.#requireNotRevoked(peer.thumbprint);
    return peer;
  }

  /** A certificate may be revoked while a link is open, and while an answer is on its way. */
  #requireNotRevoked(thumbprint: string): void {
    if (this.#services.isRevoked?.(thumbprint) !== true) return;
    throw new OrbitError("denied", "check peer: its certificate was revoked");
  }

  async #open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let link: OpenLink, packAll: boolean;
    try {
      const peer = this.#peer(request);
      const wanted = { peer: peer.thumbprint, most: MOST_OPEN, tooLong: "denied" as const };
      const message = await this.#messages.read(request, OpenLinkRequestSchema, wanted);
      packAll = message.packAll;
      link = await this.#admit(peer, message.grant, message.items);
    } catch (error) {
      // What fails otherwise says nothing about the grant.
      const { code } = toOrbitError(error);
      if (code === "denied" || code === "unauthenticated") this.#services.meter?.refusedGrant();
      throw error;
    }
    const linkId = this.#links.add(link);
    if (packAll) {
      const { sources, items, followLinks } = link.files;
      const source = this.#sourceFor(link);
      const pack = (options: PackOptions) => source.pack({ sources, items, followLinks }, options);
      response.setHeader("x-orbit-link", linkId);
      return await this.#links.use(
        link.thumbprint,
        linkId,
        (kept) => this.#answers.answer(kept, pack, response),
      );
    }
    const answer = create(OpenLinkResponseSchema, { linkId, expiresInS: IDLE_MS / 1000 });
    response.writeHead(200, { "content-type": "application/x-protobuf" });
    response.end(toBinary(OpenLinkResponseSchema, answer));
  }

  #close(peer: StarPeer, request: IncomingMessage, response: ServerResponse): void {
    this.#links.end(peer.thumbprint, request.headers["x-orbit-link"]);
    request.resume();
    response.writeHead(200).end();
  }

  async #admit(peer: StarPeer, token: string, items = create(LinkItemsSchema)): Promise<OpenLink> {
    const { verifier, replay } = this.#services;
    const checks = verifier();
    if (checks === undefined) {
      throw new OrbitError("unavailable", "open link: this Star knows no key of its Nucleus yet", {
        detail: { retryable: true },
      });
    }
    const grant = await checks.verify(token);
    if (grant.destinationThumbprint !== peer.thumbprint) {
      throw new OrbitError("denied", "check grant: it is for another Star's certificate");
    }
    if (hashLinkItems(items) !== grant.itemsHash) {
      throw new OrbitError("denied", "check grant: it is for other files");
    }
    const files = fromLinkItems(items);
    this.#links.makeRoom(peer.thumbprint);
    // Last, so that a grant which fails otherwise isn't used up by somebody else's mistake.
    await replay.use(grant);
    const { destinationThumbprint: thumbprint, maxBytes: bytesLeft, job, chunks, within } = grant;
    const party = job ?? thumbprint;
    const cutsLeft = bytesLeft + CUTS_BESIDE;
    const hashesLeft = hashesFor(bytesLeft);
    const whom = { star: peer.starId, thumbprint, party };
    return { files, ...whom, bytesLeft, cutsLeft, hashesLeft, chunks, within };
  }

  async #pack(peer: StarPeer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = request.headers["x-orbit-link"];
    await this.#links.use(peer.thumbprint, id, async (link) => {
      const wanted = { peer: peer.thumbprint, most: MOST_PACK };
      const { ranges } = await this.#messages.read(request, PackRangesRequestSchema, wanted);
      if (ranges.length > MAX_RANGES) throw new OrbitError("invalid", "pack: too many ranges");
      const items = ranges.map((range) => toItem(link, range));
      charge(link, items);
      const { sources, followLinks } = link.files;
      const source = this.#sourceFor(link);
      const pack = (options: PackOptions) => source.pack({ sources, items, followLinks }, options);
      await this.#answers.answer(link, pack, response);
    });
  }

  #sourceFor({ files }: OpenLink): PackSource {
    return confineTo(this.#services.source, files.scope);
  }

  async #find(peer: StarPeer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#links.use(peer.thumbprint, request.headers["x-orbit-link"], async (link) => {
      const body = await answerFind(request, link, this.#chunksFor());
      response.writeHead(200, { "content-type": "application/x-protobuf" });
      response.end(body);
    });
  }

  async #chunks(peer: StarPeer, request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#links.use(peer.thumbprint, request.headers["x-orbit-link"], async (link) => {
      const { holder, hashes } = await readWanted(request, link, this.#chunksFor());
      const { within } = link;
      const pack = (options: PackOptions) => holder.packChunks(hashes, { ...options, within });
      await this.#answers.answer(link, pack, response);
    });
  }

  #chunksFor(): ChunkService {
    return { holder: this.#services.chunks, messages: this.#messages };
  }

  #refuse(response: ServerResponse, { code, message }: OrbitError): void {
    this.#log.warn("link refused", { code, message });
    if (response.headersSent) return void response.destroy();
    const body = toBinary(LinkRefusalSchema, create(LinkRefusalSchema, { code, message }));
    response.writeHead(HTTP_STATUS[code], { "content-type": "application/x-protobuf" });
    response.end(body);
  }
}

const HTTP_STATUS: Record<ErrorCode, number> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  unauthenticated: 401,
  denied: 403,
  exhausted: 429,
  unavailable: 503,
  corrupt: 422,
  unsupported: 405,
  internal: 500,
};
