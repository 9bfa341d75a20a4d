/** What the tests of this folder, and of those above it, share. */
import { join } from "node:path";
import { ManualClock } from "#core/clock.ts";
import { createStarId, type StarId } from "#core/identity/mod.ts";
import type {
  GridStore,
  HeartbeatFacts,
  HelloFacts,
  JoinTokenEntry,
  NewStar,
  Star,
  StarCertificate,
} from "./mod.ts";
import { openGridStore } from "./mod.ts";

/** A folder that goes with its scope. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "grid-" });
  readonly database = join(this.path, "grid.db");

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A store in a folder of its own. */
export class TemporaryGrid implements Disposable {
  readonly folder = new TemporaryFolder();
  readonly clock = new ManualClock();
  store: GridStore = openGridStore(this.folder.path, { clock: this.clock });

  /** Closes the store, and opens it again as another process would. */
  reopen(): GridStore {
    this.store[Symbol.dispose]();
    return this.store = openGridStore(this.folder.path, { clock: this.clock });
  }

  addStar(star: Partial<NewStar> = {}): Star {
    return this.store.stars.add({ ...newStar(), ...star }, certificate(this.clock.now()));
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

export function newStar(id: StarId = createStarId()): NewStar {
  return {
    ...{ id, name: "nas", constellation: "default", hostname: "NAS.local", version: "1.0.0" },
    ...{ isApproved: true, grantedRoots: [], joinedFrom: "192.0.2.7" },
  };
}

let serials = 0;

/** A certificate that nobody signed, good for a day. */
export function certificate(nowMs: number): StarCertificate {
  const serial = (++serials).toString(16).padStart(32, "0");
  return { serial, thumbprint: serial + serial, notAfter: nowMs + 24 * 3600_000 };
}

export function joinToken(id: string, nowMs: number): JoinTokenEntry {
  return {
    ...{ id, secretHash: "ab".repeat(32), constellation: "default", roots: [], approves: true },
    expiresAtMs: nowMs + 3600_000,
  };
}

export const HELLO: HelloFacts = {
  version: "1.2.3",
  hostname: "nas",
  platform: "linux-x86_64",
  capabilities: ["scan", "chunk"],
  roots: [{ path: "/mnt/\udcff", read: true, write: false }],
  walls: { app: "openat2", runtime: true, kernel: "landlock 7", kernelReason: "" },
  address: "nas.local:50051",
};

export function heartbeat(cpuPercent: number): HeartbeatFacts {
  return {
    ...{ cpuPercent, memoryUsedBytes: 1e9, memoryTotalBytes: 4e9, residentBytes: 5e7, load: 0.5 },
    disks: [{ path: "/mnt/\udcff", freeBytes: 1e12, totalBytes: 4e12 }],
    ...{ activeCalls: 0, certificateExpiresAtMs: 2e12, clockSkewMs: -3 },
  };
}
