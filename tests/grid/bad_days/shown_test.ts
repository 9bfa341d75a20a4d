/** What hostile Stars say, where people see it. */
import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { Secret } from "#core/identity/mod.ts";
import { joinGrid } from "../../../star/join/join.ts";
import { Programs } from "./programs.ts";
import { codeOf, LEAVES_TIMERS, RawStar } from "./support.ts";

const EVIL = "/mnt/\x1b]0;owned\x07\x1b[2J\nnas2 online\r\u202e\x9b31m";

/** No control but the ends of lines, no turning of text, and no line of the Star's own. */
function assertCalm(text: string): void {
  assert(!/[^\P{Cc}\n]|\u202e|^nas2/mu.test(text), JSON.stringify(text));
}

Deno.test(
  "nothing that a Star says moves a cursor or forges a line, in any command",
  LEAVES_TIMERS,
  async () => {
    await using grid = await Programs.start();
    const create = ["token", "create", `--data=${grid.data}`, "--approved"];
    const join = async (hostname: string) => {
      const token = new Secret((await grid.run("nucleus", create)).trim());
      const nucleus = { host: "127.0.0.1", port: grid.port };
      return await joinGrid({ token, nucleus, hostname, version: "1" }, { clock: systemClock });
    };
    assert.equal(await codeOf(join("nas\x1b[2J")), "invalid");
    const joined = await join("nas");
    await using star = await RawStar.welcomed(joined, {
      hostname: "nas",
      version: "1",
      roots: [{ path: new TextEncoder().encode(EVIL), read: true, write: true }],
      heartbeat: {
        disks: [{ path: new TextEncoder().encode(EVIL), freeBytes: 1n, totalBytes: 2n }],
      },
    });
    assert.equal(star.heard[0].case, "welcome");
    const id = await grid.submit({ kind: "hash", at: { star: "nas", path: "/" } });
    await star.frame(await star.called("Inspect"), {
      case: "end",
      value: { status: 3, message: EVIL, problem: { code: "invalid", message: EVIL } },
    });
    await grid.until(`/jobs/${id}`, ({ job }) => job.state === "failed");
    const data = `--data=${grid.data}`;
    for (const command of [["star", "list"], ["star", "show", "nas"], ["audit"]]) {
      const text = await grid.run("nucleus", [...command, data]);
      assertCalm(text);
      const json = await grid.run("nucleus", [...command, data, "--json"]);
      assertCalm(json);
      for (const line of json.trim().split("\n")) JSON.parse(line);
    }
    const { job } = await grid.json(`/jobs/${id}`);
    assert(!/[\p{Cc}\u202e]/u.test(job.error.message), JSON.stringify(job.error));
    grid.nucleus!.kill("SIGTERM");
    const { stderr } = await grid.nucleus!.result;
    assertCalm(stderr);
  },
);
