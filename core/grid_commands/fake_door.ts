/** A Nucleus that answers from a script, for the tests of this folder. */
import { GridApi } from "#core/grid_api/mod.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import type { ExitCode } from "#core/program/exit_codes.ts";
import type { Host } from "#core/program/host.ts";
import type { GridDoor } from "./door.ts";

/** What a script answers: JSON, lines of JSON, or a response of its own. */
export type Script = (asked: string, body: unknown) => unknown;

/** Runs a command against a script. */
export async function runScripted(
  command: (args: string[], host: Host, door: GridDoor) => Promise<ExitCode>,
  line: string[],
  script: Script,
  host = new FakeHost(),
) {
  const asked: string[] = [];
  const transport = async (request: Request) => {
    const { pathname, search } = new URL(request.url);
    const what = `${request.method} ${pathname.slice("/api/v1".length)}${search}`;
    asked.push(what);
    const text = await request.text();
    const answer = script(what, text === "" ? undefined : JSON.parse(text));
    if (answer instanceof Response) return answer;
    if (!Array.isArray(answer)) return Response.json(answer);
    return new Response(answer.map((line) => JSON.stringify(line) + "\n").join(""));
  };
  const door: GridDoor = {
    ...fakeDoor,
    open: () =>
      Promise.resolve({
        api: new GridApi(transport),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  };
  const code = await command(line, host, door);
  return { code, asked, stdout: host.stdout.text, stderr: host.stderr.text };
}

/** A door that can't be opened, for help. */
export const fakeDoor: GridDoor = {
  program: "orbit",
  words: { stars: "stars", tokens: "tokens", jobs: "jobs", audit: "audit" },
  options: [],
  open: () => Promise.reject(new Error("not to be opened")),
};
