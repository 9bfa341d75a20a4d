/** API tokens: what programs and people show to this surface. */
import * as v from "valibot";
import { choice, list, parsed, text } from "#core/config/mod.ts";
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { ApiTokenShape, CreatedToken, RoleWord } from "#core/grid_api/mod.ts";
import { createApiToken as makeApiToken } from "#core/identity/mod.ts";
import type { Actor } from "../audit/mod.ts";
import { type GridStore, parseName, ROLES, type Scope } from "../store/mod.ts";
import type { Handler } from "./exchange.ts";
import { limit, readBody, readQuery, wholeNumber } from "./input.ts";
import { normalPath } from "./place_path.ts";
import { isWithinScope, type Principal } from "./principal.ts";
import { jsonResponse } from "./problem.ts";

const TEN_YEARS_MS = 10 * 366 * 24 * 3600_000;

const listQuery = v.strictObject({ after: v.optional(text({ most: 64 })), limit });

const constellationName = parsed("the name of a constellation", (name) => {
  try {
    return parseName(name, "constellation");
  } catch {
    return undefined;
  }
});

const newApiToken = v.strictObject({
  name: text({ most: 64 }),
  role: choice(ROLES),
  constellations: v.optional(list(constellationName, { least: 1, most: 64 })),
  pathPrefixes: v.optional(
    list(parsed("an absolute path without . and ..", normalPath), { least: 1, most: 64 }),
  ),
  lifetimeMs: v.optional(wholeNumber({ least: 1000, most: TEN_YEARS_MS })),
});

/** What an API token is to be for. */
export interface ApiTokenRequest extends Scope {
  name: string;
  role: RoleWord;
  /** For ever when left out. */
  lifetimeMs?: number;
}

/** Makes an API token, stores what is stored of it, and audits it. */
export function createStoredApiToken(
  { store, clock }: { store: GridStore; clock: Clock },
  { lifetimeMs, ...request }: ApiTokenRequest,
  actor: Actor,
): CreatedToken<ApiTokenShape> {
  const { id, secretHash, text } = makeApiToken();
  const expiresAtMs = lifetimeMs === undefined ? undefined : clock.now() + lifetimeMs;
  const token = store.transact(() => {
    const added = store.apiTokens.add({ ...request, id, secretHash, expiresAtMs });
    const { name, role, constellations, pathPrefixes } = request;
    store.audit.append({
      ...{ actor, action: "api_token.create", target: id, outcome: "allowed" },
      detail: {
        ...{ name, role, expiresAtMs, constellations: constellations?.slice(0, 8) },
        pathPrefixes: pathPrefixes?.slice(0, 8).map((path) => path.slice(0, 256)),
      },
    });
    return added;
  });
  return { token, text };
}

export const listApiTokens: Handler = ({ context, store, principal }) => {
  const { after, limit = 100 } = readQuery(context.req.url, listQuery);
  const page = store.apiTokens.list({ after, limit });
  const tokens = page.filter((token) => isWithinScope(token, principal.scope));
  return jsonResponse({ tokens, next: page.length === limit ? page.at(-1)!.id : undefined });
};

export const createApiToken: Handler = async ({ context, store, clock, principal }) => {
  const request = await readBody(context.req.raw, newApiToken);
  checkScope(principal, request);
  return jsonResponse(
    createStoredApiToken({ store, clock }, request, principal.actor),
    { status: 201 },
  );
};

export const revokeApiToken: Handler = ({ store, principal, param }) => {
  const id = param("token");
  const { actor, scope } = principal;
  const found = store.apiTokens.byId(id);
  if (found === undefined || !isWithinScope(found, scope)) {
    throw new OrbitError("not_found", `no API token ${JSON.stringify(id.slice(0, 64))}`);
  }
  const token = store.transact(() => {
    const revoked = store.apiTokens.revoke(id);
    const detail = { name: revoked.name };
    store.audit.append({
      ...{ actor, action: "api_token.revoke", target: id, outcome: "allowed", detail },
    });
    return revoked;
  });
  return jsonResponse({ token });
};

/** Nobody gives out more than they have. */
function checkScope({ scope }: Principal, wanted: Scope): void {
  if (isWithinScope(wanted, scope)) return;
  throw new OrbitError(
    "denied",
    "make API token: it would reach more than your own; limit its constellations and path prefixes",
  );
}
