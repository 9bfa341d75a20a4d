/** How a machine becomes a Star. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import {
  type Authority,
  createStarId,
  type IssuedCertificate,
  Secret,
  type StarId,
  verifySecret,
} from "#core/identity/mod.ts";
import { encodeName } from "#core/names.ts";
import type { JoinRequest, JoinResponseSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import {
  type GridStore,
  type JoinTokenRecord,
  type Star,
  toName,
  type Verify,
} from "../store/mod.ts";
import { checkJoinRequest } from "./join_request.ts";
import type { Attempts } from "./limits.ts";
import { type Refusals, tooOften } from "./refusals.ts";
import type { StarEvents } from "./star_events.ts";

/** What adopting Stars takes. */
export interface AdoptionParts {
  store: GridStore;
  authority: Authority;
  attempts: Attempts;
  refusals: Refusals;
  events: StarEvents;
  /** How long a Star's certificate holds; the authority's own choice when absent. */
  certificateLifetimeMs?: number;
}

const ACTION = "star.join";

/** An attempt to join. */
export class Joining {
  readonly #parts: AdoptionParts;
  readonly #request: JoinRequest;
  readonly #address: string;
  readonly #verify: Verify;
  /** The token that was shown, once it is known to be one. */
  #tokenId?: string;

  constructor(parts: AdoptionParts, request: JoinRequest, address: string) {
    this.#parts = parts;
    this.#request = request;
    this.#address = address;
    this.#verify = (hash) => verifySecret(new Secret(request.tokenSecret), hash);
  }

  async run(): Promise<MessageInitShape<typeof JoinResponseSchema>> {
    this.#parts.refusals.settle();
    const waitMs = this.#parts.attempts.waitMs(this.#address);
    if (waitMs > 0) {
      this.#record("too many failed attempts from this address");
      throw tooOften("join", waitMs);
    }
    const token = this.#check();
    const starId = createStarId();
    const issued = await this.#issue(token, starId);
    return this.#adopt(starId, issued);
  }

  #check(): JoinTokenRecord {
    try {
      checkJoinRequest(this.#request);
    } catch (error) {
      throw this.#refuse("malformed request", error as Error);
    }
    const { tokenId } = this.#request;
    const { joinTokens } = this.#parts.store;
    const check = joinTokens.check(tokenId, this.#verify);
    // What isn't a token's id may be anything, the secret in the wrong field for one.
    if (check.ok || check.reason !== "unknown") this.#tokenId = tokenId;
    if (!check.ok) throw this.#refuse(check.reason);
    return check.token;
  }

  async #issue(token: JoinTokenRecord, starId: StarId): Promise<IssuedCertificate> {
    const { authority, certificateLifetimeMs: lifetimeMs, store } = this.#parts;
    const name = store.stars.freeName(this.#nameOf(token));
    const csrPem = this.#request.certificateRequest;
    try {
      return await authority.issueStar({ csrPem, starId, name, lifetimeMs });
    } catch (error) {
      if (error instanceof OrbitError && error.code === "invalid") {
        throw this.#refuse("bad certificate request", error);
      }
      this.#record(error instanceof OrbitError ? error.message : "no certificate could be made");
      throw error;
    }
  }

  /** Uses the token up and adds the Star: both, or neither. */
  #adopt(id: StarId, issued: IssuedCertificate): MessageInitShape<typeof JoinResponseSchema> {
    const { store, authority, events } = this.#parts;
    const { tokenId, hostname, version } = this.#request;
    const { serial, thumbprint, notAfter } = issued;
    const adopted = store.transact(() => {
      // Others may have shown the token while the certificate was made.
      const used = store.joinTokens.consume(tokenId, this.#verify, id);
      if (!used.ok) return used;
      const { token } = used;
      const star = store.stars.add({
        ...{ id, name: this.#nameOf(token), constellation: token.constellation },
        ...{ hostname, version, isApproved: token.approves, grantedRoots: token.roots },
        joinedFrom: this.#address,
      }, { serial, thumbprint, notAfter });
      this.#recordJoin(star);
      return { ok: true as const, star };
    });
    if (!adopted.ok) throw this.#refuse(adopted.reason);
    const { star } = adopted;
    events.tell({ kind: "joined", star });
    return {
      starId: id,
      name: star.name,
      constellation: star.constellation,
      certificate: issued.certificatePem,
      authority: authority.certificatePem,
      approved: star.standing === "active",
      roots: star.grantedRoots.map(encodeName),
    };
  }

  #nameOf(token: JoinTokenRecord): string {
    return token.name ?? toName(this.#request.hostname);
  }

  #recordJoin(star: Star): void {
    this.#parts.store.audit.append({
      actor: { kind: "star", id: star.id, address: this.#address },
      action: ACTION,
      target: star.id,
      outcome: "allowed",
      detail: {
        token: this.#tokenId,
        name: star.name,
        constellation: star.constellation,
        standing: star.standing,
        serial: star.certificate?.serial,
      },
    });
  }

  /** Counts and records a failure; returns what the stranger is told, which is the same for all. */
  #refuse(reason: string, cause?: Error): OrbitError {
    this.#parts.attempts.fail(this.#address);
    if (!this.#record(reason)) return tooOften("join");
    if (cause instanceof OrbitError) return cause;
    return new OrbitError(
      "unauthenticated",
      "join: the join token isn't valid (any more); ask for a new one",
    );
  }

  #record(reason: string): boolean {
    return this.#parts.refusals.record({
      actor: { kind: "star", address: this.#address },
      action: ACTION,
      target: this.#tokenId,
      reason,
    });
  }
}
