/** The REST surface: every request goes through here, whichever door it came in by. */
import { Hono } from "hono";
import { type ErrorData, OrbitError, toOrbitError } from "#core/errors.ts";
import { Authenticator, type Caller } from "./authenticate.ts";
import type { ApiEnv, ApiServices, Exchange, Handler } from "./exchange.ts";
import { handlers } from "./handlers.ts";
import { authorize, type Principal } from "./principal.ts";
import { HttpProblem, isOwnTrouble, problemResponse } from "./problem.ts";
import { Refusals } from "./refusals.ts";
import { type Route, type RouteName, ROUTES } from "./routes.ts";
import { StreamCount } from "./stream.ts";

/** The REST surface. Hand requests to `fetch` with who they come from as `{ caller }`. */
export type Api = Hono<ApiEnv>;

/**
 * Makes the REST surface, from the table of routes.
 *
 * Answers are JSON, also for what isn't there; every change, and every refusal, is in the audit
 * log, with who asked. Trouble of the Nucleus's own is told by the request's id only, which the
 * log has too.
 */
export function createApi(services: ApiServices): Api {
  const app: Api = new Hono<ApiEnv>({ strict: true });
  const refusals = new Refusals(services.store.audit, services.clock);
  const startedAtMs = services.clock.elapsed();
  const streams = new StreamCount();
  const gate = new Authenticator(services.store, refusals, services.clock);
  const routes = Object.entries(ROUTES) as [RouteName, Route][];
  for (const [name, route] of routes) {
    app.on(route.method, route.path, async (context) => {
      const request = new Served({ ...services, startedAtMs, streams }, refusals, route);
      return finish(await request.run(context, gate, handlers[name]), request.id);
    });
  }
  for (const [path, methods] of methodsByPath()) {
    const allow = methods.join(", ");
    app.options(path, () => finish(new Response(null, { status: 204, headers: { allow } })));
    app.all(path, ({ req }) => {
      const message = `${req.method} ${new URL(req.url).pathname}: takes ${allow} only`;
      return finish(problemResponse(new HttpProblem(405, "unsupported", message, { allow })));
    });
  }
  app.notFound(({ req }) => {
    const path = new URL(req.url).pathname.slice(0, 200);
    return finish(problemResponse(new OrbitError("not_found", `${path}: there is no such path`)));
  });
  return app;
}

/** What every request works with. */
type Inner = Pick<Exchange, keyof ApiServices | "startedAtMs" | "streams">;

/** One request to one route. */
class Served {
  readonly id = crypto.randomUUID();
  readonly #services: Inner;
  readonly #refusals: Refusals;
  readonly #route: Route;

  constructor(
    services: Inner,
    refusals: Refusals,
    route: Route,
  ) {
    this.#services = services;
    this.#refusals = refusals;
    this.#route = route;
  }

  async run(
    context: Exchange["context"],
    gate: Authenticator,
    handler: Handler,
  ): Promise<Response> {
    const route = this.#route;
    const caller: Caller = context.env.caller;
    const { raw } = context.req;
    let principal: Principal | undefined;
    try {
      principal = route.role === "anyone" ? NOBODY : gate.identify(raw, caller);
      authorize(principal, route);
      return await handler({
        ...this.#services,
        ...{ context, principal, signal: raw.signal },
        param: (name) => context.req.param(name) ?? "",
      });
    } catch (thrown) {
      return this.#refuse(thrown, principal, context);
    }
  }

  #refuse(
    thrown: unknown,
    principal: Principal | undefined,
    context: Exchange["context"],
  ): Response {
    const error = toOrbitError(thrown);
    const { action, changes } = this.#route;
    const { log } = this.#services;
    try {
      if (principal !== undefined && (changes || error.code === "denied")) {
        this.#refusals.record({
          ...{ actor: principal.actor, action, target: targetOf(context), reason: error.message },
        });
      }
    } catch (cause) {
      log.error("audit failed", { request: this.id, action, error: toOrbitError(cause).message });
    }
    if (!isOwnTrouble(error)) return problemResponse(error);
    log.error("request failed", { request: this.id, action, error: describe(thrown) });
    const message = `${action}: the Nucleus can't do this; its log says why, at ${this.id}`;
    return problemResponse(new OrbitError(error.code, message));
  }
}

/** Whoever asks for what anybody may have. */
const NOBODY: Principal = { actor: { kind: "system" }, role: "viewer", scope: {} };

/** What stands in the path for one thing, as far as it can be one. */
function targetOf({ req }: Exchange["context"]): string | undefined {
  return Object.values(req.param() as Record<string, string>)[0]?.slice(0, 64).toWellFormed();
}

function describe(thrown: unknown): ErrorData | string {
  if (thrown instanceof OrbitError) return `${thrown.code}: ${thrown.message}`;
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}

function methodsByPath(): Map<string, string[]> {
  const byPath = Map.groupBy(Object.values(ROUTES) as Route[], ({ path }) => path);
  return new Map(Array.from(byPath, ([path, routes]) => {
    const methods = routes.map(({ method }): string => method);
    return [path, ["OPTIONS", ...methods.includes("GET") ? ["HEAD"] : [], ...methods]];
  }));
}

/** No answer is to be kept, framed, sniffed, or run as a page. */
const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

function finish(response: Response, id: string = crypto.randomUUID()): Response {
  for (const [name, value] of Object.entries(HEADERS)) response.headers.set(name, value);
  response.headers.set("x-request-id", id);
  return response;
}
