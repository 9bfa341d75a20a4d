/**
 * Jobs that may not run at the same time: one takes from where another brings to. Each of two moves
 * in opposite directions would find its files at the other end, and both would take them away.
 */
import { type FileOrder, isSyncOrder, type Place } from "#core/file_jobs/mod.ts";

/** What a job does to places. */
export interface Traffic {
  /** Files are taken from there once they are elsewhere. */
  readonly from?: Place;
  readonly to?: Place;
}

/** What an order does. */
export function trafficOf(order: FileOrder): Traffic {
  if (!isSyncOrder(order)) return {};
  const { source, destination, options } = order;
  return { from: options.removeSource === undefined ? undefined : source, to: destination };
}

/** Whether what one takes may be what another brings, as far as names tell. */
export function isCrossing(a: Traffic, b: Traffic): boolean {
  return meet(a.from, b.to) || meet(b.from, a.to);
}

function meet(a: Place | undefined, b: Place | undefined): boolean {
  if (a === undefined || b === undefined || a.starId !== b.starId) return false;
  const [x, y] = [a, b].map(({ path }) => path.endsWith("/") ? path : `${path}/`);
  return x.startsWith(y) || y.startsWith(x);
}
