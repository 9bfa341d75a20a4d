import assert from "node:assert/strict";
import { checkSample } from "#core/config/sample_check.ts";
import { OrbitError } from "#core/errors.ts";
import { defaultNucleusConfig, nucleusSchema, readNucleusConfig } from "./mod.ts";

function read(text: string) {
  const path = Deno.makeTempFileSync({ suffix: ".toml" });
  try {
    Deno.writeTextFileSync(path, text);
    return readNucleusConfig(path);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("nucleus.toml shows every key with its default", () => {
  const path = new URL("nucleus.toml", import.meta.url);
  checkSample({ path, schema: nucleusSchema, without: ["data.directory", "files.allowed_paths"] });
});

Deno.test("defaultNucleusConfig is an empty file's", () => {
  const defaults = defaultNucleusConfig();
  assert.deepEqual(read("# nothing\n"), defaults);
  assert.deepEqual(defaults, {
    listen: {
      address: { host: "", port: 50050 },
      names: [],
    },
    data: {},
    files: { allowed_paths: [] },
    certificates: { star_lifetime: 86_400_000 },
    stars: { addresses: "any" },
    tokens: { lifetime: 3_600_000 },
    limits: { failed_joins_per_minute: 300 },
    log: { level: "info", format: "text" },
  });
});

Deno.test("readNucleusConfig reads what is set", () => {
  const config = read(`
listen = { address = "[::1]:0", names = ["hub.example.org", "192.0.2.1", "2001:db8::1"] }
certificates.star_lifetime = "90m"
log.format = "json"
[data]
directory = "/var/lib/orbit/"`);
  assert.deepEqual(config.listen.address, { host: "::1", port: 0 });
  assert.deepEqual(config.listen.names, ["hub.example.org", "192.0.2.1", "2001:db8::1"]);
  assert.equal(config.certificates.star_lifetime, 5_400_000);
  assert.equal(config.data.directory, "/var/lib/orbit");
  assert.equal(config.log.format, "json");
});

Deno.test("readNucleusConfig refuses what is out of bounds, a longer token foremost", () => {
  const cases: [line: string, complaint: RegExp][] = [
    ['tokens.lifetime = "2h"', /:1:19: "tokens\.lifetime" must be a duration from "1s" to "1h"/],
    ['certificates.star_lifetime = "31d"', /:1:30: .* from "1m" to "30d"/],
    ["limits.failed_joins_per_minute = 0", /:1:34: .* a whole number from 1 to 100000, not 0/],
    ['listen.names = ["hub:1"]', /:1:17: "listen\.names\[0\]" must be a host name or an IP/],
    ['listen.address = "50050"', /:1:18: "listen\.address" must be an address to listen on/],
    ['listen.adress = ":1"', /:1:8: unknown key "adress" in \[listen\]; did you mean "address"\?/],
  ];
  for (const [line, complaint] of cases) {
    assert.throws(() => read(line), (error) => {
      assert(error instanceof OrbitError);
      assert.match(error.message, complaint);
      assert.equal(error.message.split("\n").length, 1);
      return true;
    });
  }
});
