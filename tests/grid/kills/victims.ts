/** Who may die of a grid. */
import type { TwoStars } from "../two_stars.ts";

/** How it dies, from one moment to the next, and comes back. */
export interface Victim {
  kill(): Promise<void>;
  start(): Promise<void>;
}

export const VICTIMS = ["source", "destination", "Nucleus"] as const;
export type VictimName = typeof VICTIMS[number];

export function victimsOf(grid: TwoStars): Record<VictimName, Victim> {
  return {
    source: grid.from,
    destination: grid.to,
    Nucleus: { kill: () => grid.killNucleus(), start: () => grid.startNucleus() },
  };
}
