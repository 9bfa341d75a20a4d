/** A Nucleus that says what a test wants, over real TLS; for tests. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import {
  type Authority,
  createAuthority,
  createJoinToken,
  createStarId,
  type NewAuthority,
  openAuthority,
  readPeer,
  requireStar,
  Secret,
  type StarId,
  verifySecret,
} from "#core/identity/mod.ts";
import { encodeName } from "#core/names.ts";
import { Outbox } from "#core/outbox.ts";
import {
  type CallContext,
  createGrpcServer,
  createReverseCaller,
  type GrpcServer,
  openTlsPort,
  type ReverseCaller,
  type Served,
  type TlsPort,
} from "#core/rpc/mod.ts";
import {
  type ControlRequest,
  type ControlResponseSchema,
  type Heartbeat,
  type Hello,
  NucleusService,
  Standing,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";

type Response = MessageInitShape<typeof ControlResponseSchema>;

/** A Star's control stream, as the fake Nucleus sees it. */
export interface FakeLink {
  readonly starId: StarId;
  readonly serial: string;
  readonly hello: Hello;
  readonly heartbeats: Heartbeat[];
  /** Calls the Star in reverse. */
  readonly caller: ReverseCaller;
  say(message: Response["message"]): void;
  end(error?: OrbitError): void;
  readonly ended: Promise<void>;
}

/** How a fake Nucleus behaves; may be changed at any time. */
export interface FakeBehaviour {
  approves: boolean;
  /** How long certificates of Stars hold. */
  certificateMs: number;
  heartbeatMs: number;
  standing: Standing;
  /** Added to its clock. */
  aheadMs: number;
  /** Heartbeats get answers. */
  acknowledges: boolean;
  /** Says Welcome. */
  welcomes: boolean;
  /** Gives new certificates. */
  renews: boolean;
  /** What Control and Renew are refused with. */
  refusal?: OrbitError;
  roots: string[];
  /** Of grants; SPKI in PEM. */
  grantKey: string;
}

/** A Nucleus for tests. */
export class FakeNucleus implements AsyncDisposable {
  readonly behaviour: FakeBehaviour = {
    approves: true,
    certificateMs: 3_600_000,
    heartbeatMs: 1000,
    standing: Standing.ACTIVE,
    aheadMs: 0,
    acknowledges: true,
    welcomes: true,
    renews: true,
    roots: [],
    grantKey: "",
  };
  /** All that there were. */
  readonly links: FakeLink[] = [];
  /** Calls to Join, refused ones included. */
  joins = 0;
  renewals = 0;
  readonly #authority: Authority;
  readonly #tokens = new Map<string, string>();
  #server: GrpcServer | undefined;
  #strangers: GrpcServer | undefined;
  #port: TlsPort | undefined;
  #number = 0;
  #changed = Promise.withResolvers<void>();

  private constructor(authority: Authority) {
    this.#authority = authority;
  }

  /** @param files Another one's authority, to be it. */
  static async open(files?: NewAuthority): Promise<FakeNucleus> {
    const clock = systemClock;
    const authority = await openAuthority({ ...files ?? await createAuthority({ clock }), clock });
    const nucleus = new FakeNucleus(authority);
    await nucleus.start();
    return nucleus;
  }

  get port(): number {
    return this.#number;
  }

  get authorityPem(): string {
    return this.#authority.certificatePem;
  }

  /** A token that lets one Star in. */
  createToken(): string {
    const { text, id, secretHash } = createJoinToken({
      authorityFingerprint: this.#authority.fingerprint,
      clock: systemClock,
      lifetimeMs: 60_000,
    });
    this.#tokens.set(id, secretHash);
    return text;
  }

  /** A certificate of the Nucleus, for calls to Stars. */
  async credentials() {
    const { certificatePem, keyPem } = await this.#authority.issueNucleus({ names: ["127.0.0.1"] });
    return { authorityPem: this.authorityPem, certificatePem, keyPem };
  }

  /** Listens, on the same port as before if it did. */
  async start(): Promise<void> {
    const server = createGrpcServer([this.#serveStars()]);
    const strangers = createGrpcServer([this.#serveStrangers()]);
    this.#server = server;
    this.#strangers = strangers;
    this.#port = await openTlsPort({
      hostname: "127.0.0.1",
      port: this.#number,
      tls: await this.credentials(),
      members: (socket) => server.inject(socket),
      strangers: (socket) => strangers.inject(socket),
    });
    this.#number = this.#port.port;
  }

  /** Goes away without a word. */
  async stop(): Promise<void> {
    for (const link of this.links) link.end();
    this.#server?.close();
    this.#strangers?.close();
    await this.#port?.close();
  }

  /** Resolves when that many links have come, with the last of them. */
  async link(count = this.links.length + 1): Promise<FakeLink> {
    await this.until(() => this.links.length >= count);
    return this.links[count - 1];
  }

  /** Resolves when it is true, looking whenever a Star says something; rejects after a minute. */
  async until(isTrue: () => boolean): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`nothing came of waiting until ${isTrue}`)),
      60_000,
    );
    try {
      while (!isTrue()) await Promise.race([this.#changed.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #announce(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #serveStrangers(): Served<typeof NucleusService> {
    return {
      service: NucleusService,
      handlers: {
        join: async ({ tokenId, tokenSecret, certificateRequest, hostname }) => {
          this.joins++;
          const hash = this.#tokens.get(tokenId);
          if (hash === undefined || !verifySecret(new Secret(tokenSecret), hash)) {
            throw new OrbitError("unauthenticated", "join: the token isn't good");
          }
          this.#tokens.delete(tokenId);
          const starId = createStarId();
          return {
            ...{ starId, name: hostname, constellation: "default" },
            certificate: await this.#issue(certificateRequest, starId),
            authority: this.authorityPem,
            approved: this.behaviour.approves,
            roots: this.behaviour.roots.map(encodeName),
          };
        },
      },
    };
  }

  #serveStars(): Served<typeof NucleusService> {
    const peerOf = ({ peerCertificate }: CallContext) =>
      requireStar(readPeer(peerCertificate, systemClock));
    return {
      service: NucleusService,
      admit: () => {
        if (this.behaviour.refusal !== undefined) throw this.behaviour.refusal;
      },
      handlers: {
        renew: async ({ certificateRequest }, context) => {
          if (!this.behaviour.renews) throw new OrbitError("unavailable", "not now");
          const certificate = await this.#issue(certificateRequest, peerOf(context).starId);
          this.renewals++;
          return { certificate };
        },
        control: (requests, context) => this.#control(requests, peerOf(context)),
      },
    };
  }

  async #issue(csrPem: string, starId: StarId): Promise<string> {
    const lifetimeMs = this.behaviour.certificateMs;
    const issued = await this.#authority.issueStar({ csrPem, starId, name: "star", lifetimeMs });
    return issued.certificatePem;
  }

  async *#control(
    requests: AsyncIterable<ControlRequest>,
    { starId, serial }: { starId: StarId; serial: string },
  ): AsyncGenerator<Response> {
    const outbox = new Outbox<Response>();
    const incoming = requests[Symbol.asyncIterator]();
    const first = (await incoming.next()).value?.message;
    if (first?.case !== "hello") throw new OrbitError("invalid", "no hello");
    const ended = Promise.withResolvers<void>();
    const heartbeats: Heartbeat[] = [];
    const say = (message: Response["message"]) => outbox.push({ message });
    const caller = createReverseCaller({
      send: (frame) => outbox.send({ message: { case: "call", value: frame } }, 64),
      broken: (error) => outbox.end(error),
    });
    const link: FakeLink = {
      ...{ starId, serial, hello: first.value, heartbeats, caller, say, ended: ended.promise },
      end: (error) => outbox.end(error),
    };
    if (this.behaviour.welcomes) say({ case: "welcome", value: this.#welcome(starId) });
    this.links.push(link);
    this.#announce();
    this.#listen(incoming, link).then(() => outbox.end(), () => outbox.end());
    try {
      yield* outbox;
    } finally {
      caller.end();
      ended.resolve();
      this.#announce();
    }
  }

  async #listen(incoming: AsyncIterator<ControlRequest>, link: FakeLink): Promise<void> {
    for (;;) {
      const { value, done } = await incoming.next();
      if (done) return;
      const { message } = value;
      if (message.case === "call") link.caller.receive(message.value);
      if (message.case !== "heartbeat") continue;
      link.heartbeats.push(message.value);
      const { sequence } = message.value;
      if (this.behaviour.acknowledges) link.say({ case: "heartbeatAck", value: { sequence } });
      this.#announce();
    }
  }

  #welcome(starId: StarId) {
    const { standing, heartbeatMs, aheadMs, grantKey } = this.behaviour;
    return {
      ...{ starId, name: "star", constellation: "default", standing, nucleusVersion: "fake" },
      ...{ nowMs: BigInt(Date.now() + aheadMs), heartbeatIntervalMs: heartbeatMs },
      grantKey,
    };
  }
}
