import { makeRealBed, testDisk } from "./disk_conformance.ts";
import { createPureDisk } from "./disk_pure.ts";

testDisk("pure disk", () => makeRealBed((roots) => createPureDisk({ roots })));
