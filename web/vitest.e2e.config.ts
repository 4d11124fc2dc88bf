// Browser tests: one after the other, against a running server named by SIAGA_URL.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    // A busy machine may stall for longer than the five seconds in which an order can be taken back.
    retry: 1,
    testTimeout: 180_000,
    hookTimeout: 60_000,
  },
});
