import assert from "node:assert/strict";
import { createDenoHost } from "./deno_host.ts";

Deno.test("host.every calls back again and again until it is disposed", async () => {
  const host = createDenoHost("test");
  const alive = setInterval(() => {}, 1000); // its ticks alone don't keep a program alive
  try {
    const third = Promise.withResolvers<void>();
    let ticks = 0;
    {
      using _timer = host.every(5, () => {
        if (++ticks === 3) third.resolve();
      });
      await third.promise;
    }
    const { promise: later, resolve } = Promise.withResolvers<void>();
    using _after = host.every(30, resolve);
    await later;
    assert.equal(ticks, 3);
  } finally {
    clearInterval(alive);
  }
});

Deno.test("host.every can be disposed of by its own callback", async () => {
  const host = createDenoHost("test");
  const alive = setInterval(() => {}, 1000);
  try {
    const done = Promise.withResolvers<void>();
    let ticks = 0;
    const timer = host.every(1, () => {
      ticks++;
      timer[Symbol.dispose]();
    });
    using _later = host.every(20, () => done.resolve());
    await done.promise;
    assert.equal(ticks, 1);
  } finally {
    clearInterval(alive);
  }
});
