/** Join tokens: each lets one machine in, once. */
import * as v from "valibot";
import { flag, list, text } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { JoinTokenShape } from "#core/grid_api/mod.ts";
import { DEFAULT_CONSTELLATION, type JoinTokenRecord } from "../store/mod.ts";
import type { Handler } from "./exchange.ts";
import { limit, readBody, readQuery, wholeNumber } from "./input.ts";
import { normalPath } from "./place_path.ts";
import { type Principal, reaches, reachesPath } from "./principal.ts";
import { jsonResponse } from "./problem.ts";

const HOUR_MS = 3600_000;

const listQuery = v.strictObject({
  state: v.optional(v.picklist(["open"], `"open", or left out for all`)),
  limit,
});

const newToken = v.strictObject({
  name: v.optional(text({ most: 63 })),
  constellation: v.optional(text({ most: 63 })),
  roots: v.optional(list(v.string("a path in quotes"), { most: 64 })),
  approved: v.optional(flag()),
  lifetimeMs: v.optional(wholeNumber({ least: 1000, most: HOUR_MS })),
});

export const listTokens: Handler = ({ context, store, principal }) => {
  const { state, limit } = readQuery(context.req.url, listQuery);
  const tokens = store.joinTokens.list({ isOpen: state === "open", limit })
    .filter((token) => seesToken(principal, token));
  return jsonResponse({ tokens: tokens.map(toJoinTokenShape) });
};

export const createToken: Handler = async (exchange) => {
  const { context, adoption, principal, joinTokenLifetimeMs } = exchange;
  const { approved, roots, ...rest } = await readBody(context.req.raw, newToken);
  const { constellation = DEFAULT_CONSTELLATION } = rest;
  checkReach(principal, constellation, roots);
  const { lifetimeMs = joinTokenLifetimeMs } = rest;
  const request = { ...rest, constellation, roots, approves: approved, lifetimeMs };
  const { text, token } = adoption.createToken(request, principal.actor);
  return jsonResponse({ token: toJoinTokenShape(token), text: text.reveal() }, { status: 201 });
};

export const revokeToken: Handler = ({ store, adoption, principal, param }) => {
  const id = param("token");
  const token = store.joinTokens.byId(id);
  if (token === undefined || !seesToken(principal, token)) {
    throw new OrbitError("not_found", `no join token ${JSON.stringify(id.slice(0, 64))}`);
  }
  const revoked = adoption.revokeToken(id, principal.actor);
  return jsonResponse({ token: toJoinTokenShape(revoked) });
};

/** Nobody lets a Star into what they don't reach themselves. */
function checkReach({ scope }: Principal, constellation: string, roots: string[] = []): void {
  const refuse = (why: string) => new OrbitError("denied", `make join token: ${why}`);
  if (!reaches(scope, constellation)) {
    throw refuse(`the constellation ${JSON.stringify(constellation)} is outside of your scope`);
  }
  if (scope.pathPrefixes === undefined) return;
  if (roots.length === 0) throw refuse("it has to name roots within your scope");
  for (const root of roots) {
    const path = normalPath(root);
    if (path !== undefined && reachesPath(scope, path)) continue;
    throw refuse(`the root ${JSON.stringify(root.slice(0, 256))} is outside of your scope`);
  }
}

function seesToken({ scope }: Principal, { constellation, roots }: JoinTokenRecord): boolean {
  if (!reaches(scope, constellation)) return false;
  return scope.pathPrefixes === undefined ||
    (roots.length > 0 && roots.every((root) => reachesPath(scope, normalPath(root) ?? "/")));
}

function toJoinTokenShape({ approves, ...token }: JoinTokenRecord): JoinTokenShape {
  return { ...token, approved: approves };
}
