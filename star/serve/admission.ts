/** Who may call a Star's files, and when. */
import { OrbitError } from "#core/errors.ts";
import type { CallContext, Handlers, Served } from "#core/rpc/mod.ts";
import { VERSION } from "#core/program/version.ts";
import type { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { StandingName } from "../status.ts";
import type { Sessions } from "./sessions.ts";
import type { StarFiles } from "./star_service.ts";

/** What a Star's own state says about calls. */
export interface Readiness {
  readonly standing: StandingName;
  /** It is about to stop. */
  readonly stopping: boolean;
}

/**
 * Refuses calls while the Nucleus hasn't approved the Star, and when it stops.
 *
 * @throws {OrbitError} `unavailable`
 */
export function requireReady({ standing, stopping }: Readiness): void {
  if (stopping) throw notNow("it is stopping");
  // A Star that drains finishes what was begun, and only the Nucleus knows what that was.
  if (standing === "active" || standing === "draining") return;
  throw notNow(standing === "pending" ? "it waits to be approved" : `its standing is ${standing}`);
}

function notNow(why: string): OrbitError {
  return new OrbitError("unavailable", `call Star: ${why}`, { detail: { retryable: true } });
}

/** The files for the Nucleus at the other end of the control stream, which is the session. */
export function serveInReverse(
  files: StarFiles,
  readiness: Readiness,
): Served<typeof StarService> {
  const { service, handlers } = files;
  return { service, handlers, admit: () => requireReady(readiness) };
}

/** What {@linkcode serveDirectly} is made of. */
export interface DirectOptions {
  sessions: Sessions;
  capabilities: readonly string[];
  /** Refuses whoever may not even open a session. */
  requireCaller(context: CallContext): void;
  /** Looks at what a Handshake shows; throws to refuse it. */
  checkHandshake?(starToken: string, context: CallContext): void | Promise<void>;
  /** Methods that need no session because they bring a right of their own. */
  withoutSession?: readonly string[];
  readiness?: Readiness;
}

/** The files for those who call the Star's own port: a handshake first, then a session. */
export function serveDirectly(
  files: StarFiles,
  options: DirectOptions,
): Served<typeof StarService> {
  const { sessions, capabilities, requireCaller, checkHandshake, readiness } = options;
  const open = new Set(["Handshake", ...options.withoutSession ?? []]);
  const handlers: Handlers<typeof StarService> = {
    ...files.handlers,
    async handshake({ starToken }, context) {
      await checkHandshake?.(starToken, context);
      const { id, expiresInS } = sessions.open();
      return {
        accepted: true,
        sessionId: id,
        expiresInS,
        starVersion: VERSION,
        capabilities: [...capabilities],
      };
    },
  };
  return {
    service: files.service,
    handlers,
    admit(method, context) {
      requireCaller(context);
      if (!open.has(method)) sessions.require(context);
      if (readiness !== undefined && method !== "Handshake") requireReady(readiness);
    },
  };
}
