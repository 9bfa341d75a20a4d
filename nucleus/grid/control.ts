/** `NucleusService`: joining for strangers; renewal and the control stream for Stars. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Clock } from "#core/clock.ts";
import { OrbitError, toOrbitError } from "#core/errors.ts";
import { readPeer, requireStar, type StarPeer } from "#core/identity/mod.ts";
import type { Logger } from "#core/log/mod.ts";
import { VERSION } from "#core/program/version.ts";
import type { CallContext, Served } from "#core/rpc/mod.ts";
import {
  type ControlRequest,
  type ControlResponseSchema,
  type Heartbeat,
  type Hello,
  NucleusService,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Adoption } from "../adoption/mod.ts";
import type { NucleusMetrics } from "../metrics/mod.ts";
import type { ConnectionId, Star, StarRegistry } from "../store/mod.ts";
import { Beginnings } from "./beginnings.ts";
import { heartbeatFacts, helloFacts, linkFacts } from "./facts.ts";
import { revokedCertificates } from "./revoked.ts";
import { type AddressRule, judgeAddress } from "./star_address.ts";
import { StarLink, WIRE_STANDING } from "./star_link.ts";
import { anotherOne, type StarLinks } from "./star_links.ts";

/** How often Stars are to send heartbeats. */
export const HEARTBEAT_MS = 5000;
/** How long a Star may take to say hello. */
const HELLO_MS = 10_000;
/** How long a Star may take to hear that its stream ends. */
const FAREWELL_MS = 1000;
/** Heartbeats that may come sooner than they should, before the Star is cut off. */
const EARLY_HEARTBEATS = 20;

/** What the services work with. */
export interface GridServices {
  stars: StarRegistry;
  adoption: Adoption;
  links: StarLinks;
  metrics: NucleusMetrics;
  clock: Clock;
  log: Logger;
  /** What Stars check grants with, PEM. */
  grantKey: string;
  /** Which addresses Stars may name for others to dial. */
  addresses: AddressRule;
}

/** What is served to clients without a certificate. */
export function serveStrangers({ adoption }: GridServices): Served<typeof NucleusService> {
  return {
    service: NucleusService,
    handlers: { join: (request, context) => adoption.join(request, context.peer) },
  };
}

/** What is served to Stars; refused before any handler runs when they aren't, or not any more. */
export function serveStars(services: GridServices): Served<typeof NucleusService> {
  const { adoption, clock } = services;
  const beginnings = new Beginnings(clock);
  const peerOf = (context: CallContext) => requireStar(readPeer(context.peerCertificate, clock));
  return {
    service: NucleusService,
    admit: (_method, context) => void adoption.admit(peerOf(context)),
    handlers: {
      renew: (request, context) => adoption.renew(request, peerOf(context), context.peer),
      control: (requests, context) =>
        new ControlStream(services, peerOf(context), context, beginnings).run(requests),
    },
  };
}

class ControlStream {
  readonly #services: GridServices;
  readonly #peer: StarPeer;
  readonly #context: CallContext;
  readonly #beginnings: Beginnings;
  #heartbeats = 0;
  #startedAt: number;

  constructor(
    services: GridServices,
    peer: StarPeer,
    context: CallContext,
    beginnings: Beginnings,
  ) {
    this.#beginnings = beginnings;
    this.#services = services;
    this.#peer = peer;
    this.#context = context;
    this.#startedAt = services.clock.elapsed();
  }

  async *run(
    requests: AsyncIterable<ControlRequest>,
  ): AsyncGenerator<MessageInitShape<typeof ControlResponseSchema>> {
    const { stars, links, metrics, log } = this.#services;
    const incoming = requests[Symbol.asyncIterator]();
    const { hello, star, connection } = await this.#begin(incoming).catch((error) => {
      metrics.streamBroke();
      throw error;
    });
    const from = this.#context.peer;
    const link = new StarLink(star, hello.bootId);
    link.over.then((error) => error !== undefined && metrics.streamBroke());
    const before = links.of(star.id);
    if (before !== undefined && before.bootId !== hello.bootId) {
      log.warn(
        "Star came a second time: it lost its power, or a copy of it runs; the first is cut off",
        {
          ...{ star: star.name, id: star.id, from },
        },
      );
    }
    using _ = this.#cutOff(link);
    links.add(link);
    log.info("Star connected", { star: star.name, id: star.id, from });
    try {
      link.say({ case: "welcome", value: this.#welcome(star) });
      if (hello.heartbeat !== undefined) this.#beat(hello.heartbeat, link, connection, star);
      this.#listen(incoming, link, connection, star).then(
        () => link.end(),
        (error) => link.end(toOrbitError(error)),
      );
      for await (const message of link.outgoing) {
        metrics.sent();
        yield message;
      }
    } finally {
      link.end();
      links.remove(link);
      stars.noteGone(star.id, connection);
      log.info("Star disconnected", { star: star.name, id: star.id });
    }
  }

  /** Lets a Star in that says hello. */
  async #begin(
    incoming: AsyncIterator<ControlRequest>,
  ): Promise<{ hello: Hello; star: Star; connection: ConnectionId }> {
    const { stars, adoption, metrics, clock, log, addresses } = this.#services;
    const hello = await this.#hello(incoming);
    metrics.received();
    const star = adoption.admit(this.#peer);
    const facts = helloFacts(
      hello,
      (said) => judgeAddress(said, this.#context.peer, addresses),
    );
    // It is all refused, or all taken.
    if (hello.heartbeat !== undefined) {
      heartbeatFacts(hello.heartbeat, clock.now());
      linkFacts(hello.heartbeat);
    }
    const connection = stars.noteHello(star.id, facts);
    const { refusedAddress: refused } = facts;
    if (refused !== undefined) {
      log.warn("address of a Star not taken: nobody is told to dial it", {
        ...{ star: star.name, id: star.id, ...refused },
      });
    }
    return { hello, star, connection };
  }

  /** Ends the call when the Star doesn't take what it is told at the end. */
  #cutOff(link: StarLink): Disposable {
    const why = new OrbitError("unavailable", "control stream: the Star takes nothing");
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    link.over.then((error) => {
      if (!isOver) timer = setTimeout(() => this.#context.end(error ?? why), FAREWELL_MS);
    });
    return {
      [Symbol.dispose]() {
        isOver = true;
        clearTimeout(timer);
      },
    };
  }

  async #hello(incoming: AsyncIterator<ControlRequest>): Promise<Hello> {
    const { starId } = this.#peer;
    const late = Promise.withResolvers<never>();
    using _ = this.#beginnings.begin(starId, late.reject);
    const timer = setTimeout(
      () => late.reject(new OrbitError("unavailable", "control stream: no hello came")),
      HELLO_MS,
    );
    try {
      const first = await Promise.race([incoming.next(), late.promise]);
      const message = first.done ? undefined : first.value.message;
      if (message?.case === "hello") {
        this.#beginnings.countHello(starId);
        return message.value;
      }
      throw new OrbitError("invalid", "control stream: it has to begin with a hello");
    } finally {
      clearTimeout(timer);
    }
  }

  async #listen(
    incoming: AsyncIterator<ControlRequest>,
    link: StarLink,
    connection: ConnectionId,
    star: Star,
  ): Promise<void> {
    for (;;) {
      const { value, done } = await incoming.next();
      if (done) return;
      this.#services.metrics.received();
      const { message } = value;
      if (message.case === "call") link.receive(message.value);
      else if (message.case === "heartbeat") this.#beat(message.value, link, connection, star);
      else throw new OrbitError("invalid", `control stream: unexpected ${message.case ?? "void"}`);
    }
  }

  #beat(heartbeat: Heartbeat, link: StarLink, connection: ConnectionId, star: Star): void {
    const { stars, metrics, clock } = this.#services;
    this.#heartbeats++;
    const due = (clock.elapsed() - this.#startedAt) / HEARTBEAT_MS;
    if (this.#heartbeats > due * 1.5 + EARLY_HEARTBEATS) {
      throw new OrbitError("exhausted", "control stream: too many heartbeats");
    }
    // A certificate is looked at when a connection begins; it may end while that goes on.
    readPeer(this.#context.peerCertificate, clock);
    const facts = heartbeatFacts(heartbeat, clock.now());
    if (!stars.noteHeartbeat(link.starId, connection, facts)) {
      throw anotherOne();
    }
    metrics.heard(star, { bootId: link.bootId, ...linkFacts(heartbeat) });
    const { sequence } = heartbeat;
    link.say({ case: "heartbeatAck", value: { sequence, nowMs: BigInt(clock.now()) } });
  }

  #welcome({ id, name, constellation, standing }: Star) {
    return {
      ...{ starId: id, name, constellation, standing: WIRE_STANDING[standing] },
      nucleusVersion: VERSION,
      nowMs: BigInt(this.#services.clock.now()),
      heartbeatIntervalMs: HEARTBEAT_MS,
      grantKey: this.#services.grantKey,
      revoked: revokedCertificates(this.#services.stars),
    };
  }
}
