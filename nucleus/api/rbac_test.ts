import assert from "node:assert/strict";
import { ROLES } from "../store/mod.ts";
import { ADDRESS, ApiBed } from "./fixture.ts";
import { type Route, ROUTES } from "./routes.ts";

const routes = Object.values(ROUTES) as Route[];

/** A path of the route, for things that aren't there. */
function pathOf({ path }: Route): string {
  return path.replaceAll(":job", "000000000000").replaceAll(/:\w+/g, "nobody");
}

function ranks(role: Route["role"]): number {
  return role === "anyone" ? -1 : ROLES.indexOf(role);
}

Deno.test("every route lets in exactly the roles that its table says", async () => {
  for (const role of ROLES) {
    await using bed = await ApiBed.open();
    const as = bed.token(role);
    for (const route of routes) {
      const { status } = await bed.raw(pathOf(route), { as, method: route.method });
      const isAllowed = ranks(role) >= ranks(route.role);
      assert.equal(status === 403, !isAllowed, `${role} ${route.method} ${route.path}: ${status}`);
      assert.ok(status < 500 && status !== 401, `${role} ${route.path}: ${status}`);
    }
  }
});

Deno.test("no route but /healthz answers without a token, or with a bad one", async () => {
  await using bed = await ApiBed.open();
  for (const [index, route] of routes.entries()) {
    const address = `192.0.2.${index}`;
    for (const as of [undefined, "orbitapi1_nonsense"]) {
      const { status, headers } = await bed.raw(pathOf(route), {
        ...{ as, method: route.method, address },
      });
      assert.equal(status, route.role === "anyone" ? 200 : 401, `${route.path} ${as}`);
      if (status === 401) assert.equal(headers.get("www-authenticate"), 'Bearer realm="orbit"');
    }
    assert.equal(route.role === "anyone", route.path === "/healthz");
  }
});

Deno.test("routes that show everything refuse tokens of a limited scope", async () => {
  await using bed = await ApiBed.open();
  const scopes = [{ constellations: ["lab"] }, { pathPrefixes: ["/data"] }];
  for (const as of scopes.map((scope) => bed.token("admin", scope))) {
    for (const route of routes.filter(({ unscoped }) => unscoped)) {
      assert.equal((await bed.raw(pathOf(route), { as, method: route.method })).status, 403);
    }
  }
});

Deno.test("every refused change, and every denial, is in the audit log with who asked", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("viewer");
  for (const route of routes.filter(({ role }) => ranks(role) > 0)) {
    await bed.raw(pathOf(route), { as, method: route.method });
    const [{ actor, action, outcome, target, reason }] = bed.store.audit.list({ limit: 1 });
    assert.deepEqual({ kind: actor.kind, address: actor.address, action, outcome }, {
      ...{ kind: "token", address: ADDRESS, action: route.action, outcome: "refused" },
    });
    assert.equal(actor.id, as.split("_")[1]);
    assert.match(reason!, /needs the role (operator|admin), not viewer/);
    assert.equal(target !== undefined, route.path.includes(":"), route.path);
  }
});

Deno.test("whoever is at the machine is an admin, and audited as such", async () => {
  await using bed = await ApiBed.open();
  for (const route of routes) {
    const request = new Request(`http://nucleus${pathOf(route)}`, { method: route.method });
    const { status } = await bed.api.fetch(request, { caller: { via: "machine" } });
    assert.ok(status < 500 && status !== 401 && status !== 403, `${route.path}: ${status}`);
  }
  const [{ actor }] = bed.store.audit.list({ limit: 1 });
  assert.deepEqual(actor, { kind: "cli" });
});

Deno.test("the same path and method stands in the table once", () => {
  const seen = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  assert.equal(seen.size, routes.length);
  for (const { method, changes } of routes) assert.equal(method !== "GET", changes === true);
});
