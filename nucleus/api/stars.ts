/** Stars: listing them, and deciding on them. */
import * as v from "valibot";
import { choice, text } from "#core/config/mod.ts";
import { OrbitError } from "#core/errors.ts";
import type { StarShape } from "#core/grid_api/mod.ts";
import { parseStarId } from "#core/identity/mod.ts";
import { nearest } from "#core/nearest.ts";
import { type GridStore, type Star, STAR_STATUSES } from "../store/mod.ts";
import type { Exchange, Handler } from "./exchange.ts";
import { limit, readBody, readQuery } from "./input.ts";
import { type Principal, reaches, sees } from "./principal.ts";
import { jsonResponse } from "./problem.ts";

const listQuery = v.strictObject({
  status: v.optional(choice(STAR_STATUSES)),
  constellation: v.optional(text({ most: 63 })),
  after: v.optional(text({ most: 63 })),
  limit,
});

const nothing = v.strictObject({});
const newName = v.strictObject({ name: text({ most: 63 }) });

/** As many as are looked through for the name that was probably meant. */
const MAX_CANDIDATES = 1000;

/**
 * The Star of a name or an id, if the one who asks may see it.
 *
 * @throws {OrbitError} `not_found`, alike for what isn't there and what may not be seen.
 */
export function findStar(store: GridStore, principal: Principal, text: string): Star {
  const star = byId(store, text) ?? store.stars.byName(text);
  if (star !== undefined && sees(principal, star)) return star;
  const { constellations } = principal.scope;
  const seen = store.stars.list({ constellations, limit: MAX_CANDIDATES });
  const guess = nearest(text, seen.map(({ name }) => name));
  const hint = guess === undefined ? "" : `; did you mean ${JSON.stringify(guess)}?`;
  throw new OrbitError("not_found", `no Star ${JSON.stringify(text.slice(0, 64))}${hint}`);
}

function byId(store: GridStore, text: string): Star | undefined {
  // What no id is like is a name.
  if (text.length !== 36) return undefined;
  try {
    return store.stars.byId(parseStarId(text));
  } catch {
    return undefined;
  }
}

/** A Star as it is told. */
export function toStarShape(star: Star): StarShape {
  const { standing: _, certificate, ...rest } = star;
  return {
    ...rest,
    certificate: certificate && {
      serial: certificate.serial,
      thumbprint: certificate.thumbprint,
      notAfterMs: certificate.notAfter,
    },
  };
}

export const listStars: Handler = ({ context, store, principal }) => {
  const query = readQuery(context.req.url, listQuery);
  const { constellation, status, after, limit = 100 } = query;
  const { scope } = principal;
  const isHidden = constellation !== undefined && !reaches(scope, constellation);
  const constellations = constellation === undefined ? scope.constellations : [constellation];
  const stars = isHidden ? [] : store.stars.list({ status, constellations, after, limit });
  const next = stars.length === limit ? stars.at(-1)!.name : undefined;
  return jsonResponse({ stars: stars.map(toStarShape), next });
};

export const showStar: Handler = (exchange) => answer(theStar(exchange));

/** Adoption makes the change, and audits it. */
function decision(verb: "approve" | "revoke" | "drain" | "resume" | "remove"): Handler {
  return async (exchange) => {
    const { context, adoption, principal } = exchange;
    await readBody(context.req.raw, nothing);
    return answer(adoption[verb](theStar(exchange).id, principal.actor));
  };
}

export const approveStar = decision("approve");
export const revokeStar = decision("revoke");
export const drainStar = decision("drain");
export const resumeStar = decision("resume");
export const removeStar = decision("remove");

export const renameStar: Handler = async (exchange) => {
  const { context, adoption, principal } = exchange;
  const { name } = await readBody(context.req.raw, newName);
  return answer(adoption.rename(theStar(exchange).id, name, principal.actor));
};

function theStar({ store, principal, param }: Exchange): Star {
  return findStar(store, principal, param("star"));
}

function answer(star: Star): Response {
  return jsonResponse({ star: toStarShape(star) });
}
