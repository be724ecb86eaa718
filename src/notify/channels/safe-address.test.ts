import { describe, expect, it } from "vitest";
import { safeAddress } from "./safe-address.ts";

describe("an address that may be sent secrets", () => {
  it("is https, or http on this machine", () => {
    for (const address of [
      "http://example.com/x",
      "ftp://example.com",
      "nonsense",
      "http://127.0.0.1.example.com/",
    ])
      expect(() => safeAddress(address, "url")).toThrow(/^url isn't an https address$/);
    for (const address of [
      "https://example.com/x",
      "http://127.0.0.1:8080/",
      "http://[::1]/",
      "http://localhost/",
    ])
      expect(safeAddress(address, "url").href).toBe(new URL(address).href);
  });
});
