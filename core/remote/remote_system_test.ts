import { hasLibc, openLocalHost, openMemoryHost, openMixedHost } from "#core/system/system_beds.ts";
import { testSystem } from "#core/system/system_conformance.ts";
import { openRemoteHost, reachByGrpc, reachInProcess } from "./remote_beds.ts";

testSystem(
  "remote system in process, on a memory disk",
  () => openRemoteHost(() => openMemoryHost({}), reachInProcess),
);

testSystem(
  "remote system in process, on local files",
  () => openRemoteHost(() => openLocalHost("auto"), reachInProcess),
);

testSystem(
  "remote system in process, to local files",
  () => openRemoteHost(() => openMixedHost("auto"), reachInProcess),
  { ignore: !hasLibc },
);

testSystem(
  "remote system by gRPC, on a memory disk",
  () => openRemoteHost(() => openMemoryHost({}), reachByGrpc),
);

testSystem(
  "remote system by gRPC, to local files",
  () => openRemoteHost(() => openMixedHost("auto"), reachByGrpc),
  { ignore: !hasLibc },
);
