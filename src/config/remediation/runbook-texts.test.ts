// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces are part of the syntax under test
import { describe, expect, it } from "vitest";
import { fillSettings, templateProblems, withoutExpressions } from "./runbook-texts.ts";

describe("texts of runbooks", () => {
  it.each([
    "http://$resource.privateIp:8080/health",
    "/srv/$resource.tags.Role/${resource.tags.cost-center}",
    "echo $HOME $resources ${resourceful} $resource",
  ])("%s is right", (text) => {
    expect(templateProblems(text)).toEqual([]);
  });

  it.each([
    ["$resource.privateip", 'Did you mean "privateIp"?'],
    ["${resource.region}", '"${resource.region}" is no expression'],
    ["$resource.", "is no complete expression"],
    ["${resource.tags.Role", "is no complete expression"],
  ])("%s is told", (template, problem) => {
    expect(templateProblems(template).join()).toContain(problem);
  });

  it("take settings wherever they stand, and tell of those that aren't there", () => {
    const unknown: string[] = [];
    const value = { commands: ["cd $with.dir", "${with.cmd} $with.dirs $within"], attempts: 2 };
    expect(fillSettings(value, { dir: "/srv", cmd: "ls" }, (name) => unknown.push(name))).toEqual({
      commands: ["cd /srv", "ls $with.dirs $within"],
      attempts: 2,
    });
    expect(unknown).toEqual(["dirs"]);
  });

  it("have the form they will have", () => {
    expect(withoutExpressions("http://$resource.privateIp:${with.port}/$resource.tags.a/$with.b-c")).toBe(
      "http://1:1/1/1",
    );
  });
});
