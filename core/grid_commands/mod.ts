/**
 * The commands on a grid: written once over the REST surface, for every program that has a way to
 * a Nucleus.
 *
 * @module
 */
export { auditCommand, describeAudit } from "./audit.ts";
export type { GridCommand, GridDoor, GridSession } from "./door.ts";
export { type ResultLine, results } from "./results.ts";
export { manifestPages } from "./manifest.ts";
export { outcomeOf } from "./outcome.ts";
export { lasting, type Reader } from "./lasting.ts";
export { describeJobs, jobsCommand } from "./jobs.ts";
export { parsePlace, syncEnds } from "./job_request.ts";
export { describeStars, starsCommand } from "./stars.ts";
export { describeTokens, tokensCommand } from "./tokens.ts";
