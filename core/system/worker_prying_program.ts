/** A file worker gone bad, for tests: answers every call with what it could get at. */
import fs from "node:fs";
import type { Request, WorkerSetup } from "./worker_protocol.ts";

/** What was tried, and what came of it: "done", or the name of the error. */
export type Findings = Record<string, string>;

interface Scope {
  onmessage: (event: MessageEvent<WorkerSetup | Request>) => void;
  postMessage(message: unknown): void;
}

const scope = self as unknown as Scope;
let roots: string[] = [];

scope.onmessage = async ({ data }) => {
  if ("roots" in data) {
    roots = data.roots;
    return scope.postMessage({ id: 0, value: "pure" });
  }
  scope.postMessage({ id: data.id, value: await pry() });
};

async function pry(): Promise<Findings> {
  const [inside] = roots;
  const outside = `${inside}/../outside`;
  const attempts: Record<string, () => unknown> = {
    "read inside": () => Deno.readTextFileSync(`${inside}/file`),
    "read outside": () => Deno.readTextFileSync(`${outside}/file`),
    "look outside": () => Deno.statSync(`${outside}/file`),
    "look for what isn't there": () => Deno.statSync(`${outside}/missing`),
    "list outside": () => [...Deno.readDirSync(outside)],
    "read the host": () => Deno.readTextFileSync("/etc/passwd"),
    "read by node": () => fs.readFileSync("/etc/passwd"),
    "open by node": () => fs.closeSync(fs.openSync(`${outside}/file`, "r")),
    "look by node": () => fs.lstatSync("/etc/passwd"),
    "write inside": () => Deno.writeTextFileSync(`${inside}/file`, "x"),
    "write outside": () => Deno.writeTextFileSync(`${outside}/new`, "x"),
    "write by node": () => fs.writeFileSync(`${outside}/new`, "x"),
    "link": () => Deno.symlinkSync("/etc", `${inside}/link`),
    "connect": () => Deno.connect({ hostname: "127.0.0.1", port: 80 }),
    "fetch": () => fetch("http://127.0.0.1/"),
    "listen": () => Deno.listen({ hostname: "127.0.0.1", port: 0 }).close(),
    "read the environment": () => Deno.env.get("PATH"),
    "run a program": () => new Deno.Command("/bin/true").outputSync(),
    "ask the system": () => Deno.hostname(),
    "load a library": () => Deno.dlopen("/lib/x86_64-linux-gnu/libm.so.6", {}).close(),
  };
  const findings: Findings = {};
  for (const [name, attempt] of Object.entries(attempts)) findings[name] = await outcome(attempt);
  return findings;
}

async function outcome(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
}
