import { describe, expect, it } from "vitest";
import { redact } from "./redact.ts";

describe("evidence", () => {
  it.each([
    ["key AKIAIOSFODNN7EXAMPLE here", "key *** here"],
    ["AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY=***"],
    ["DB_PASSWORD='p w' next", "DB_PASSWORD=*** next"],
    ['{"token": "abc", "user": "joe"}', '{"token": ***, "user": "joe"}'],
    ["postgres://app:s3cret@db:5432/x", "postgres://app:***@db:5432/x"],
    ["Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "Authorization: Bearer ***"],
    ["mysqld --password hunter2 --port 3306", "mysqld --password *** --port 3306"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE cut", "***"],
  ])("hides what looks like a secret: %j", (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    "systemd-ask-password.path",
    "%Cpu(s): 97.1 us",
    "/dev/nvme0n1p1  8.0G  3.4G",
    "PID 4242 runaway",
  ])("leaves %j", (text) => {
    expect(redact(text)).toBe(text);
  });
});
