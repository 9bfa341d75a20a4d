/** Places for the system suite to work in, behind a caller. */
import {
  type AnyServed,
  type Caller,
  createGrpcServer,
  createInProcessCaller,
  openGrpcCaller,
  openPlainPort,
  openTlsPort,
} from "#core/rpc/mod.ts";
import { openControl } from "#core/rpc/reverse/control_fixture.ts";
import { createTlsFixture } from "#core/rpc/tls_fixture.ts";
import type { OrbitSystem } from "#core/system/mod.ts";
import { openLocalHost, openMemoryHost } from "#core/system/system_beds.ts";
import type { SystemHost } from "#core/system/system_conformance_bed.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { serveSystem } from "./serve.ts";

/** A way to what is served, and its end. */
export interface Reached extends AsyncDisposable {
  caller: Caller;
}

/** Opens a way to what is served. */
export type Reach = (served: readonly AnyServed[]) => Promise<Reached>;

/** Within this process. */
export const reachInProcess: Reach = (served) =>
  Promise.resolve({
    caller: createInProcessCaller(served),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });

/** Over gRPC and TCP, in the clear. */
export const reachByGrpc: Reach = async (served) => {
  const server = createGrpcServer(served);
  const hostname = "127.0.0.1";
  const accept = (socket: Parameters<typeof server.inject>[0]) => server.inject(socket);
  const port = await openPlainPort({ hostname, port: 0, accept });
  const caller = openGrpcCaller({ address: `${hostname}:${port.port}`, tls: null });
  return {
    caller,
    async [Symbol.asyncDispose]() {
      caller.close();
      server.close();
      await port.close();
    },
  };
};

/** Over gRPC with certificates on both sides. */
export const reachByTls: Reach = async (served) => {
  const fixture = await createTlsFixture();
  const server = createGrpcServer(served);
  const hostname = "127.0.0.1";
  const members = (socket: Parameters<typeof server.inject>[0]) => server.inject(socket);
  const port = await openTlsPort({ hostname, port: 0, tls: fixture.server, members });
  const address = `${hostname}:${port.port}`;
  const caller = openGrpcCaller({ address, tls: await fixture.client() });
  return {
    caller,
    async [Symbol.asyncDispose]() {
      caller.close();
      server.close();
      await port.close();
    },
  };
};

/** In reverse, through the control stream that what is served has opened. */
export const reachInReverse: Reach = async (served) =>
  await openControl(served, await createTlsFixture());

/** Beds of another host, reached through a caller. */
export async function openRemoteHost(
  open: () => Promise<SystemHost>,
  reach: Reach,
): Promise<SystemHost> {
  const host = await open();
  const first = host.makeBed();
  const way = await reach([serveSystem(first.system)]);
  const system = openRemoteSystem({ caller: way.caller, name: "remote" });
  // The way to a target that is the same system is the same, too.
  const reached = (one: OrbitSystem) => one === first.system ? system : one;
  return {
    makeBed() {
      const bed = host.makeBed();
      return { ...bed, system: reached(bed.system), target: reached(bed.target) };
    },
    async [Symbol.asyncDispose]() {
      await way[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** Beds whose content goes from one Star to another. */
export async function openTwoStarsHost(reach: Reach): Promise<SystemHost> {
  const from = await openRemoteHost(() => openMemoryHost({}), reach);
  const to = await openRemoteHost(() => openLocalHost("auto"), reach);
  return {
    makeBed() {
      const { target, targetBase } = to.makeBed();
      return { ...from.makeBed(), target, targetBase };
    },
    async [Symbol.asyncDispose]() {
      await from[Symbol.asyncDispose]();
      await to[Symbol.asyncDispose]();
    },
  };
}
