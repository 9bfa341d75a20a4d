/** What the Nucleus counts, as Prometheus reads it. */
import { OrbitError } from "#core/errors.ts";
import type { Handler } from "./exchange.ts";

export const metrics: Handler = async ({ metrics }) => {
  if (metrics === undefined) {
    throw new OrbitError("unavailable", "show metrics: no Nucleus is running");
  }
  return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
};
