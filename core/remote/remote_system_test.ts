import { hasLibc, openLocalHost, openMemoryHost, openMixedHost } from "#core/system/system_beds.ts";
import { testSystem } from "#core/system/system_conformance.ts";
import { openRemoteHost, reachInProcess } from "./remote_beds.ts";

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
