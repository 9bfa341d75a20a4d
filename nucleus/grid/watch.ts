/** Acts on what happens to Stars: decisions on them, and their silence. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Logger } from "#core/log/mod.ts";
import type { Adoption, StarEvent } from "../adoption/mod.ts";
import type { NucleusMetrics } from "../metrics/mod.ts";
import type { StarRegistry } from "../store/mod.ts";
import { revokedCertificates } from "./revoked.ts";
import type { StarLinks } from "./star_links.ts";
import type { StarManager } from "./star_manager.ts";

/** How often it is looked for Stars that fell silent. */
const LOOK_EVERY_MS = 1000;

/** What is watched, and what is told. */
export interface WatchServices {
  adoption: Adoption;
  stars: StarRegistry;
  links: StarLinks;
  manager: StarManager;
  metrics: Pick<NucleusMetrics, "forget">;
  clock: Clock;
  log: Logger;
}

/** Watches until it is disposed of. */
export function watchGrid(services: WatchServices): Disposable {
  const { adoption, stars, links, log } = services;
  const forget = adoption.listen((event) => tell(event, services));
  const timer = setInterval(() => {
    for (const link of links) {
      if (stars.isConnected(link.starId)) continue;
      log.warn("Star fell silent", { id: link.starId });
      link.end(new OrbitError("unavailable", "control stream: no heartbeat came"));
    }
  }, LOOK_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      forget();
    },
  };
}

function tell({ kind, star }: StarEvent, { stars, links, manager, metrics }: WatchServices): void {
  switch (kind) {
    case "approved":
    case "draining":
    case "resumed":
      return links.changeStanding(star.id, star.standing);
    case "revoked":
    case "removed":
      links.changeStanding(star.id, "revoked");
      links.sayToAll({ case: "revoked", value: revokedCertificates(stars) });
      metrics.forget(star.id);
      return manager.forget(star.id);
    case "joined":
    case "renamed":
      return;
  }
}
