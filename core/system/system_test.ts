import { createFaultyDisk } from "./disk_faulty.ts";
import { createFaultySystem } from "./faulty_system.ts";
import { hasLibc, openLocalHost, openMemoryHost, openMixedHost } from "./system_beds.ts";
import { testSystem } from "./system_conformance.ts";

testSystem("local posix system", () => openLocalHost("posix"), { ignore: !hasLibc });

testSystem("local pure system", () => openLocalHost("pure"));

testSystem("memory system", () => openMemoryHost({}));

testSystem(
  "inline system on a faulty disk without faults",
  () => openMemoryHost({ wrapDisk: (disk) => createFaultyDisk(disk, {}) }),
);

testSystem(
  "faulty system without faults",
  () => openMemoryHost({ wrap: (inner) => createFaultySystem(inner, {}) }),
);

testSystem("memory to local system", () => openMixedHost("auto"));
