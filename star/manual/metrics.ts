/** `/metrics` of a Star without a Nucleus, for who knows its token. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Counter, Registry } from "prom-client";
import { type ErrorCode, OrbitError, toOrbitError } from "#core/errors.ts";
import type { Secret } from "#core/identity/secret.ts";
import type { LinkMeter, LinkTotals } from "#core/link/meter.ts";
import { LINK_METRICS, type MetricName } from "#core/link/metric_names.ts";
import type { FailureLimit } from "./failure_limit.ts";

/** What it tells of, and whom. */
export interface ManualMetricsOptions {
  meter: Pick<LinkMeter, "totals">;
  token: Secret;
  failures: FailureLimit;
}

/** Answers `GET /metrics` with the Star's token as the bearer's, and nothing else. */
export function createMetricsServer(options: ManualMetricsOptions): Server {
  const registry = createRegistry(options.meter);
  const server = createServer((request, response) =>
    void answer(request, response, registry, options)
  );
  server.requestTimeout = server.headersTimeout = 10_000;
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  registry: Registry,
  { token, failures }: ManualMetricsOptions,
): Promise<void> {
  request.resume();
  try {
    await failures.guard(request.socket.remoteAddress ?? "", () => {
      const shown = /^Bearer +(\S{1,1024})$/i.exec(request.headers.authorization ?? "")?.[1];
      if (shown !== undefined && token.matches(shown)) return;
      throw new OrbitError("unauthenticated", "show metrics: it takes this Star's token");
    });
    if (request.url !== "/metrics" || request.method !== "GET") {
      throw new OrbitError("not_found", "there is GET /metrics only");
    }
    const text = await registry.metrics();
    response.writeHead(200, { "content-type": registry.contentType, "cache-control": "no-store" });
    response.end(text);
  } catch (error) {
    const { code, message } = toOrbitError(error);
    const headers = { "content-type": "text/plain; charset=utf-8" };
    if (code === "unauthenticated") {
      Object.assign(headers, { "www-authenticate": 'Bearer realm="orbit"' });
    }
    response.writeHead(STATUS[code] ?? 500, headers).end(`${message}\n`);
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  unauthenticated: 401,
  not_found: 404,
  exhausted: 429,
};

function createRegistry(meter: Pick<LinkMeter, "totals">): Registry {
  const registry = new Registry();
  const count = ({ name, help }: MetricName, look: (totals: LinkTotals) => number) =>
    new Counter({
      ...{ name, help, registers: [registry] },
      collect() {
        this.reset();
        this.inc(look(meter.totals));
      },
    });
  new Counter({
    ...{ ...LINK_METRICS.transfers, labelNames: ["status"], registers: [registry] },
    collect() {
      const { filesTaken, filesFailed } = meter.totals;
      this.reset();
      this.inc({ status: "success" }, filesTaken);
      this.inc({ status: "failure" }, filesFailed);
    },
  });
  count(LINK_METRICS.bytesTaken, ({ bytesTaken }) => bytesTaken);
  count(LINK_METRICS.bytesGiven, ({ bytesGiven }) => bytesGiven);
  count(LINK_METRICS.grantsRefused, ({ grantsRefused }) => grantsRefused);
  return registry;
}
