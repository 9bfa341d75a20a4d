/**
 * The REST surface of the Nucleus: Hono over one table of routes.
 *
 * ```ts
 * const api = createApi({ store, adoption, jobs, clock, log });
 * const http = createServer(networkDoor(api));
 * await using socket = await openAdminSocket(api, path);
 * ```
 *
 * @module
 */
export { type ApiTokenRequest, createStoredApiToken } from "./api_tokens.ts";
export { type Api, createApi } from "./app.ts";
export type { Caller } from "./authenticate.ts";
export { networkDoor, openAdminSocket } from "./doors.ts";
export type { ApiServices } from "./exchange.ts";
export { type Route, type RouteName, ROUTES } from "./routes.ts";
