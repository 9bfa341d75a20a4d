/** How the Nucleus is. */
import type { HealthShape, StarStatusWord } from "#core/grid_api/mod.ts";
import { VERSION } from "#core/program/version.ts";
import type { GridStore } from "../store/mod.ts";
import type { Handler } from "./exchange.ts";
import { jsonResponse } from "./problem.ts";

/** That it answers, and nothing else. */
export const healthz: Handler = () => jsonResponse({ status: "ok" });

export const health: Handler = ({ store, jobs, clock, startedAtMs, principal }) => {
  const { constellations } = principal.scope;
  const answer: HealthShape = {
    version: VERSION,
    uptimeMs: Math.round(clock.elapsed() - startedAtMs),
    // Who sees a part of the grid is told of that part.
    stars: constellations === undefined ? store.stars.counts() : countStars(store, constellations),
    jobs: { running: jobs.desk.running },
  };
  return jsonResponse(answer);
};

const PAGE = 1000;

function countStars(
  store: GridStore,
  constellations: readonly string[],
): Record<StarStatusWord, number> {
  const counts = { pending: 0, online: 0, offline: 0, draining: 0, revoked: 0 };
  let after: string | undefined;
  for (;;) {
    const stars = store.stars.list({ constellations, after, limit: PAGE });
    for (const { status } of stars) counts[status]++;
    if (stars.length < PAGE) return counts;
    after = stars.at(-1)!.name;
  }
}
