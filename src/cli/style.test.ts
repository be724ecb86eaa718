import { describe, expect, it } from "vitest";
import { wrap } from "./style.ts";

describe("wrapped text", () => {
  it("stays as it is where it fits", () => {
    expect(wrap("  ! one two", 11, "    ")).toEqual(["  ! one two"]);
  });

  it("breaks between words, never inside one", () => {
    expect(wrap("  ! one two three", 11, "    ")).toEqual(["  ! one two", "    three"]);
    expect(wrap("one-two-three-four five", 8, "  ")).toEqual(["one-two-three-four", "  five"]);
  });

  it("counts columns, not characters", () => {
    expect(wrap("数据库 一二三", 10, "")).toEqual(["数据库", "一二三"]);
  });
});
