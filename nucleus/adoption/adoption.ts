/** Who belongs to the grid: every decision on it, made in one place and audited. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Clock, systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Authority, StarId } from "#core/identity/mod.ts";
import type {
  JoinRequest,
  JoinResponseSchema,
  RenewRequest,
  RenewResponseSchema,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Actor } from "../audit/mod.ts";
import type { GridStore, JoinTokenRecord, Star } from "../store/mod.ts";
import { type AdoptionParts, Joining } from "./join.ts";
import { type AdoptionLimits, Attempts, DEFAULT_LIMITS } from "./limits.ts";
import { Refusals } from "./refusals.ts";
import { admitStar, renewCertificate, type ShownIdentity } from "./renew.ts";
import { type StarEvent, StarEvents, type StarListener } from "./star_events.ts";
import { type CreatedJoinToken, createStoredJoinToken, type JoinTokenRequest } from "./tokens.ts";

export interface AdoptionOptions {
  store: GridStore;
  authority: Authority;
  /** The system's when left out. */
  clock?: Clock;
  limits?: Partial<AdoptionLimits>;
  /** How long Stars' certificates hold; 24 hours when left out. */
  certificateLifetimeMs?: number;
  /** Told what a listener throws; `reportError` when left out. */
  onListenerError?: (error: unknown) => void;
}

/** Decides who belongs to the grid. Every change and every refusal is in the audit log. */
export interface Adoption {
  /**
   * Makes a machine a Star: uses its token up, adds it, and issues its certificate. A token lets
   * one Star in, however many show it at once, and isn't used up by a request that is refused.
   *
   * @param peerAddress Where the request comes from.
   * @throws {OrbitError} `unauthenticated`, in the same words whatever is wrong with the token;
   * `invalid` for a bad request; `exhausted` (retryable) after too many failures; `unavailable`
   * when it can't be stored.
   */
  join(
    request: JoinRequest,
    peerAddress: string,
  ): Promise<MessageInitShape<typeof JoinResponseSchema>>;
  /**
   * A Star's next certificate. The one before stays good until it ends.
   *
   * @param shown Who asks, from the certificate that TLS has checked.
   * @throws {OrbitError} `denied` when the Star is unknown or revoked; `invalid` for a bad request;
   * `exhausted` (retryable) when it asks too often; `unavailable` when it can't be stored.
   */
  renew(
    request: RenewRequest,
    shown: ShownIdentity,
    peerAddress: string,
  ): Promise<MessageInitShape<typeof RenewResponseSchema>>;
  /**
   * The Star that may come in with a certificate; ask before any handler runs. Pending Stars may
   * come in: what they may do then is their standing's matter.
   *
   * @throws {OrbitError} `denied` when it is unknown or revoked, or its certificate is.
   */
  admit(shown: ShownIdentity): Star;

  /**
   * Makes a join token; its text is in no other place than what is returned.
   *
   * @throws {OrbitError} `invalid` for a bad name, root or lifetime.
   */
  createToken(request: JoinTokenRequest, actor: Actor): CreatedJoinToken;
  /** @throws {OrbitError} `not_found`, or `conflict` when it lets nobody in any more. */
  revokeToken(id: string, actor: Actor): JoinTokenRecord;

  /** Each as in {@linkcode StarRegistry}, audited, and told to listeners when it is on disk. */
  approve(id: StarId, actor: Actor): Star;
  drain(id: StarId, actor: Actor): Star;
  resume(id: StarId, actor: Actor): Star;
  revoke(id: StarId, actor: Actor): Star;
  rename(id: StarId, name: string, actor: Actor): Star;
  remove(id: StarId, actor: Actor): Star;

  /** Tells what happens to Stars, until the returned function is called. */
  listen(listener: StarListener): () => void;
}

export function createAdoption(options: AdoptionOptions): Adoption {
  const { store, authority, clock = systemClock, certificateLifetimeMs } = options;
  const attempts = new Attempts({ ...DEFAULT_LIMITS, ...options.limits }, clock);
  const refusals = new Refusals(store.audit, attempts);
  const events = new StarEvents(options.onListenerError);
  const parts: AdoptionParts = {
    ...{ store, authority, attempts, refusals, events, certificateLifetimeMs },
  };

  const change = (
    [kind, verb]: [StarEvent["kind"], string],
    actor: Actor,
    change: () => Star,
    detail?: { name: string },
  ): Star => {
    const star = store.transact(() => {
      const star = change();
      const what = { action: `star.${verb}`, target: star.id, outcome: "allowed" as const };
      store.audit.append({ actor, ...what, detail: detail ?? { name: star.name } });
      return star;
    });
    events.tell({ kind, star });
    return star;
  };
  const { stars } = store;

  return {
    join: (request, address) =>
      forStrangers("join", () => new Joining(parts, request, address).run()),
    renew: (request, shown, address) =>
      forStrangers("renew", () => renewCertificate(parts, request, shown, address)),
    admit: (shown) => admitStar(store, shown),
    createToken: (request, actor) =>
      createStoredJoinToken({ store, authority, clock }, request, actor),
    revokeToken: (id, actor) =>
      store.transact(() => {
        const token = store.joinTokens.revoke(id);
        store.audit.append({ actor, action: "token.revoke", target: id, outcome: "allowed" });
        return token;
      }),
    approve: (id, actor) => change(["approved", "approve"], actor, () => stars.approve(id)),
    drain: (id, actor) => change(["draining", "drain"], actor, () => stars.drain(id)),
    resume: (id, actor) => change(["resumed", "resume"], actor, () => stars.resume(id)),
    revoke: (id, actor) => change(["revoked", "revoke"], actor, () => stars.revoke(id)),
    rename: (id, name, actor) => change(["renamed", "rename"], actor, () => stars.rename(id, name)),
    remove: (id, actor) => change(["removed", "remove"], actor, () => stars.remove(id)),
    listen: (listener) => events.listen(listener),
  };
}

/** What strangers may be told; anything else is the Nucleus's own trouble, with paths in it. */
const FOR_STRANGERS: readonly OrbitError["code"][] = [
  ...["invalid", "unauthenticated", "denied", "exhausted"] as const,
];

async function forStrangers<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const isTheirs = cause instanceof OrbitError && FOR_STRANGERS.includes(cause.code) &&
      cause.detail.path === undefined;
    if (isTheirs) throw cause;
    const message = `${action}: the Nucleus can't do this now; try again later`;
    throw new OrbitError("unavailable", message, { cause, detail: { retryable: true } });
  }
}
