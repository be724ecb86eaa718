import { describe, expect, it } from "vitest";
import { VirtualClock } from "../clock.ts";
import { Cloud } from "../cloud.ts";
import type { Instance } from "../fleet/instance.ts";
import { applyScenario } from "../scenario/apply.ts";
import { parseScenario } from "../scenario/scenario.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { freeze, guestOf, rebootGuest, setBusy } from "./guest.ts";
import { machineOf } from "./machine.ts";
import { runScript } from "./shell.ts";
import { bootedAt, bootId } from "./times.ts";

const START = Date.UTC(2026, 10, 20, 10);

function machine(guest: string, more = "") {
  const yaml = `{ version: 1, start: "2026-11-20T10:00:00Z", groups: [{ name: a, platform: ubuntu, launched: 2h ago, ${more} guest: ${guest} }] }`;
  const { scenario, diagnostics } = parseScenario(yaml, "s.yaml");
  expect(diagnostics).toEqual([]);
  if (!scenario) throw new Error("no scenario");
  const cloud = new Cloud({ clock: new VirtualClock({ start: new Date(START), host: () => 0 }) });
  applyScenario(cloud, scenario);
  const fleet = cloud.state(fleetKey, "111122223333", "eu-central-1");
  const [instance] = fleet.instances.values() as Iterable<Instance>;
  if (!instance) throw new Error("no instance");
  let now = START;
  const one = machineOf(
    fleet,
    instance,
    () => now,
    () => ({ refused: "nobody asks" }),
  );
  const sh = (script: string, directory?: string) => {
    const running = runScript(one, script, directory);
    let waited = 0;
    for (;;) {
      const step = running.next();
      if (step.done) return { ...step.value, waited: waited / 1000 };
      waited += step.value;
      now += step.value;
    }
  };
  return { sh, instance, now: () => now, pass: (seconds: number) => { now += seconds * 1000; } }; // biome-ignore format: short
}

const APP = "{ name: app, kind: compose, port: 8080 }";
const UNIT = "{ name: nginx, port: 80 }";

describe("the shell's language", () => {
  const { sh } = machine("{}");
  it.each<[string, string, number]>([
    ["echo a; echo b", "a\nb\n", 0],
    ["false && echo a || echo b", "b\n", 0],
    ["true || echo a && echo b", "b\n", 0],
    ["! false", "", 0],
    ["exit 7; echo never", "", 7],
    ["echo a; exit 3", "a\n", 3],
    [`X=1 Y='a b'; echo "$X-\${Y}" $Y`, "1-a b a b\n", 0],
    ["echo $(echo in; echo side) `echo too`", "in side too\n", 0],
    ["if false; then echo a; elif true; then echo b; else echo c; fi", "b\n", 0],
    ["for n in 1 2 3; do echo $n; done", "1\n2\n3\n", 0],
    ["for n in $(seq 2); do\n  echo n$n # words\ndone", "n1\nn2\n", 0],
    ["echo text > /tmp/f; cat /tmp/f; echo more >> /tmp/f; wc -l /tmp/f", "text\n2\n", 0],
    ["if test -f /tmp/f; then rm /tmp/f; fi; [ -e /tmp/f ] || echo gone", "gone\n", 0],
    ["nonsense 2>&1", "sh: nonsense: command not found\n", 127],
    ["nonsense >/dev/null 2>&1; echo $?", "127\n", 0],
    ["printf '%s-%s\\n' a b | grep -c a", "1\n", 0],
    ["(echo a; exit 1) | cat; { echo b; } | tr b c", "a\nc\n", 0],
    ["set -e; false; echo never", "", 1],
    ["set -e; if false; then :; fi; false || true; echo on", "on\n", 0],
    ["OUT=$(false) || echo failed", "failed\n", 0],
    ["sh -c 'cd /tmp && pwd'; pwd", "/tmp\n/\n", 0],
    ["cd /home/ubuntu; pwd; echo \\\n  joined", "/home/ubuntu\njoined\n", 0],
    ["seq 20 | tail -n 2 | head -1", "19\n", 0],
    ["which cat nothing; command -v date", "/usr/bin/cat\n/usr/bin/date\n", 0],
    ["echo 'it''s' \"a \\\"b\\\"\" c\\ d", 'its a "b" c d\n', 0],
  ])("%j", (script, out, code) => {
    expect(sh(script)).toMatchObject({ out, code });
  }); // biome-ignore format: a table

  it("says what it doesn't know", () => {
    expect(sh("python3 x.py")).toEqual({ out: "", err: "sh: python3: command not found\n", code: 127, waited: 0 });
    expect(sh("/opt/nothing/run")).toMatchObject({ err: "sh: /opt/nothing/run: No such file or directory\n", code: 127 });
    expect(sh("docker ps")).toMatchObject({ err: "sh: docker: command not found\n", code: 127 });
    expect(sh("echo $((1+1))")).toMatchObject({ err: "sh: arithmetic is not supported by this shell\n", code: 2 });
    expect(sh("if true; then echo a")).toMatchObject({ err: "sh: syntax error near unexpected token end of file\n", code: 2 });
    expect(sh("echo a && ; echo b").code).toBe(2);
    expect(sh("sleep 1 & echo a").code).toBe(2);
  }); // biome-ignore format: a table

  it("takes its time", () => {
    expect(sh("sleep 5; sleep 1m").waited).toBe(65);
    expect(sh("timeout 3 sleep 60; echo $?")).toMatchObject({ waited: 3, out: "124\n" });
    expect(sh("sleep soon")).toMatchObject({ code: 1, err: "sleep: invalid time interval 'soon'\n" });
  });

  it("ends a script that doesn't", () => {
    expect(sh("while true; do :; done")).toMatchObject({ code: 137, err: expect.stringMatching(/gave up/) });
  });
});

describe("a simulated machine", () => {
  it("tells when it booted, by its own clock", () => {
    const { sh, instance } = machine("{ clockSkew: 1h }");
    expect(sh("date +%s").out).toBe(`${START / 1000 + 3600}\n`);
    expect(sh("uptime -s").out).toBe("2026-11-20 09:00:00\n");
    expect(sh("who -b").out).toBe("         system boot  2026-11-20 09:00\n");
    expect(sh("cut").code).toBe(127);
    expect(sh("cat /proc/sys/kernel/random/boot_id").out).toBe(`${bootId(instance, START - 7_200_000)}\n`);
    expect(sh("cat /proc/sys/kernel/random/boot_id").out).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\n$/,
    );
    expect(sh("cat /proc/uptime").out).toMatch(/^7200\.00 /);
    expect(sh("cat /etc/os-release | grep -i ubuntu").code).toBe(0);
  });

  it.each<[string, number]>([["fast", 10], ["normal", 50], ["slow", 490]])("reboots %s", (kind, seconds) => {
    const { sh, instance, now, pass } = machine(`{ reboot: ${kind}, services: [${APP}] }`);
    const before = sh("cat /proc/sys/kernel/random/boot_id").out;
    const asked = now();
    rebootGuest(instance, asked);
    rebootGuest(instance, asked);
    pass(seconds - 1);
    expect(bootedAt(instance, now())).toBeUndefined();
    pass(31);
    expect(bootedAt(instance, now())).toBe(asked + seconds * 1000);
    expect(sh("cat /proc/sys/kernel/random/boot_id").out).not.toBe(before);
    // What docker doesn't restart is gone, until somebody starts it.
    expect(sh("curl -s -o /dev/null -w '%{http_code}' localhost:8080/health")).toMatchObject({ out: "000", code: 7 });
    expect(sh("cd /home/ubuntu && docker compose up -d && docker compose ps").out).toMatch(/Up +app-1/);
    expect(sh("curl -sf http://127.0.0.1:8080/")).toMatchObject({ out: "ok\n", code: 0 });
  }); // biome-ignore format: long rows

  it("may never reboot", () => {
    const { instance, now, pass } = machine("{ reboot: never }");
    const booted = bootedAt(instance, now());
    rebootGuest(instance, now());
    pass(3600);
    expect(bootedAt(instance, now())).toBe(booted);
  });

  it("is reset some minutes after it froze and was told to reboot", () => {
    const { instance, now, pass } = machine("{}");
    freeze(instance, now());
    rebootGuest(instance, now());
    pass(239);
    expect(bootedAt(instance, now())).toBe(START - 7_200_000);
    pass(60);
    expect(bootedAt(instance, now())).toBe(START + 285_000);
  });

  it("runs services that are started, stopped and looked at", () => {
    const { sh } = machine(`{ services: [${UNIT}, { name: broken, starts: false }] }`);
    expect(sh("systemctl is-active nginx")).toMatchObject({ out: "active\n", code: 0 });
    expect(sh("systemctl stop nginx; systemctl is-active nginx")).toMatchObject({ out: "inactive\n", code: 3 });
    expect(sh("curl -s localhost").code).toBe(7);
    expect(sh("sudo systemctl restart nginx; systemctl is-active nginx.service")).toMatchObject({ out: "active\n", waited: 2 });
    expect(sh("systemctl start broken")).toMatchObject({ code: 1, err: expect.stringMatching(/^Job for broken\.service failed/) });
    expect(sh("systemctl restart nothing")).toMatchObject({ code: 5, err: "Failed to restart nothing.service: Unit nothing.service not found.\n" });
    expect(sh("systemctl is-active amazon-ssm-agent").code).toBe(0);
  }); // biome-ignore format: long rows

  it("runs containers, once docker is there", () => {
    const { sh, instance, now, pass } = machine(`{ services: [${APP}, { name: cache, kind: container, onBoot: true }] }`);
    expect(sh("docker ps").out.match(/Up/g)).toHaveLength(2);
    rebootGuest(instance, now());
    pass(51);
    expect(sh("docker ps")).toMatchObject({ code: 1, err: expect.stringMatching(/^Cannot connect to the Docker daemon/) });
    const { out, waited } = sh("until docker info >/dev/null 2>&1; do sleep 2; done; docker ps --format x");
    expect(waited).toBeGreaterThan(10);
    expect(out).toMatch(/Up +cache/);
    expect(out).not.toMatch(/app-1/);
    expect(sh("cd /; docker-compose up -d")).toMatchObject({ code: 14, err: "no configuration file provided: not found\n" });
    expect(sh("docker-compose -f /home/ubuntu/docker-compose.yml up -d").code).toBe(0);
    expect(sh("docker restart cache").out).toBe("cache\n");
    expect(sh("grep -q unless-stopped /home/ubuntu/docker-compose.yml").code).toBe(1);
  }); // biome-ignore format: long rows

  it("shows what takes its CPU and fills its disk", () => {
    const { sh, instance, now, pass } = machine(`{ disk: full, cpu: 97, services: [${APP}] }`);
    expect(sh("df -h /").out).toMatch(/100% \/$/m);
    expect(sh("cd /home/ubuntu && docker compose restart").err).toMatch(/no space left/);
    expect(sh("echo x > /tmp/x")).toMatchObject({ code: 1, err: "sh: cannot create /tmp/x: No space left on device\n" });
    setBusy(instance, true, now());
    pass(60);
    expect(sh("top -b -n1 | head -8").out).toMatch(/97\.0 .* runaway/);
    expect(sh("dmesg | tail -2").out).toMatch(/soft lockup/);
    expect(sh("curl -sf http://localhost:8080").code).toBe(22);
    guestOf(instance).healthy = false;
  }); // biome-ignore format: long rows
});
