/**
 * Adoption: how machines become Stars, get their certificates, and stop being Stars. Every
 * decision on who belongs to the grid is made here, and audited.
 *
 * @module
 */
export { type Adoption, type AdoptionOptions, createAdoption } from "./adoption.ts";
export { type AdoptionLimits, DEFAULT_LIMITS } from "./limits.ts";
export type { ShownIdentity } from "./renew.ts";
export type { StarEvent, StarListener } from "./star_events.ts";
export type { CreatedJoinToken, JoinTokenRequest } from "./tokens.ts";
