/** Who asks, and what they reach. */
import { OrbitError } from "#core/errors.ts";
import type { Actor } from "../audit/mod.ts";
import { type Role, ROLES, type Scope, type Star } from "../store/mod.ts";
import { isBeneath } from "./place_path.ts";
import type { Route } from "./routes.ts";

/** Somebody who asks. */
export interface Principal {
  readonly actor: Actor;
  readonly role: Role;
  readonly scope: Scope;
}

/** Whoever is at the Nucleus's own machine, with rights to its data folder. */
export const LOCAL_ADMIN: Principal = { actor: { kind: "cli" }, role: "admin", scope: {} };

/** @throws {OrbitError} `denied` unless the route is for such as them. */
export function authorize({ role, scope }: Principal, route: Route): void {
  const isAllowed = route.role === "anyone" || ROLES.indexOf(role) >= ROLES.indexOf(route.role);
  if (!isAllowed) {
    throw new OrbitError("denied", `${route.action}: needs the role ${route.role}, not ${role}`);
  }
  if (route.unscoped && isScoped(scope)) {
    throw new OrbitError("denied", `${route.action}: needs a token without limits of scope`);
  }
}

/** Whether anything limits the scope. */
export function isScoped({ constellations, pathPrefixes }: Scope): boolean {
  return constellations !== undefined || pathPrefixes !== undefined;
}

/** Whether they reach a constellation. */
export function reaches({ constellations }: Scope, constellation: string): boolean {
  return constellations === undefined || constellations.includes(constellation);
}

/** Whether they reach a path of a Star. */
export function reachesPath({ pathPrefixes }: Scope, path: string): boolean {
  return pathPrefixes === undefined || pathPrefixes.some((prefix) => isBeneath(prefix, path));
}

/** Whether they reach a Star. */
export function sees({ scope }: Principal, star: Star): boolean {
  return reaches(scope, star.constellation);
}

/** Whether `inner` reaches nothing that `outer` doesn't. */
export function isWithinScope(inner: Scope, outer: Scope): boolean {
  const constellations = outer.constellations === undefined ||
    (inner.constellations?.every((name) => reaches(outer, name)) ?? false);
  const paths = outer.pathPrefixes === undefined ||
    (inner.pathPrefixes?.every((path) => reachesPath(outer, path)) ?? false);
  return constellations && paths;
}
