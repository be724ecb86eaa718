import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { expect, it } from "vitest";
import { isGone, ownerOfThisProcess } from "./process-owner.ts";

const mine = ownerOfThisProcess(1_000);
const [host, pid, startedAt, life] = mine.split("/");
const onLinux = it.skipIf(!existsSync("/proc/self/ns/pid"));

it("is this process while it lives, also with what is added behind it", () => {
  expect([host, pid, startedAt]).toEqual([hostname(), String(process.pid), "1000"]);
  for (const owner of [mine, `${mine}/repairs`, `${host}/${pid}/1000`, `${host}/${pid}/1000/repairs`])
    expect([owner, isGone(owner)]).toEqual([owner, false]);
});

it("is gone when its process has ended, also as an older version wrote it", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  expect(isGone(`${host}/${child.pid}/1000`)).toBe(true);
  expect(isGone(`${host}/${child.pid}/1000/${life ?? "repairs"}`)).toBe(true);
});

it("isn't known of other hosts, nor by what is no owner of ours", () => {
  for (const owner of [
    `elsewhere/${pid}/1`,
    "elsewhere/999999999/1",
    "",
    "team",
    `${host}/x/1`,
    `${host}/-1/1`,
  ])
    expect([owner, isGone(owner)]).toEqual([owner, false]);
});

onLinux("is gone when another process has its id by now", () => {
  const [space, start] = (life ?? "").split("-");
  expect(isGone(`${host}/${pid}/1000/${space}-${Number(start) - 1}`)).toBe(true);
  expect(isGone(`${host}/${pid}/1000/${space}-${Number(start) - 1}/repairs`)).toBe(true);
});

onLinux("isn't known of another container, where the same id is another process", () => {
  const [space, start] = (life ?? "").split("-");
  for (const id of [pid, "999999999"])
    expect(isGone(`${host}/${id}/1000/${Number(space) + 1}-${Number(start) - 1}`)).toBe(false);
});
