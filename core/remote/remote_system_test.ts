import { openLocalHost, openMemoryHost, openMixedHost } from "#core/system/system_beds.ts";
import { testSystem } from "#core/system/system_conformance.ts";
import {
  openRemoteHost,
  openTwoStarsHost,
  type Reach,
  reachByGrpc,
  reachByTls,
  reachInProcess,
  reachInReverse,
} from "./remote_beds.ts";

const WAYS: Record<string, Reach> = {
  "in process": reachInProcess,
  "by gRPC": reachByGrpc,
  "by gRPC with TLS": reachByTls,
  "in reverse": reachInReverse,
};

for (const [way, reach] of Object.entries(WAYS)) {
  testSystem(
    `remote system ${way}, on a memory disk`,
    () => openRemoteHost(() => openMemoryHost({}), reach),
  );

  testSystem(
    `remote system ${way}, on local files`,
    () => openRemoteHost(() => openLocalHost("auto"), reach),
  );
}

testSystem(
  "remote system in process, to local files",
  () => openRemoteHost(() => openMixedHost("auto"), reachInProcess),
);

testSystem("remote systems of two Stars, by gRPC", () => openTwoStarsHost(reachByGrpc));
