// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces are part of the syntax under test
import { describe, expect, it } from "vitest";
import { fillTemplate } from "./instance-template.ts";

const WEB = { id: "i-0a", name: "web-1", privateIp: "10.0.0.7", tags: { Role: "web", "cost-center": "7" } };

describe("texts of runbooks", () => {
  it.each([
    ["http://$resource.privateIp:8080/health", "http://10.0.0.7:8080/health"],
    ["$resource.name ($resource.id)", "web-1 (i-0a)"],
    ["/srv/$resource.tags.Role/${resource.tags.cost-center}", "/srv/web/7"],
    ["echo $HOME $resources ${resourceful}", "echo $HOME $resources ${resourceful}"],
  ])("%s", (template, text) => {
    expect(fillTemplate(template, WEB)).toEqual({ text });
  });

  it("say what the instance lacks, and never leave a hole", () => {
    expect(fillTemplate("/srv/$resource.tags.App", WEB)).toEqual({ lacks: 'has no tag "App"' });
    expect(fillTemplate("$resource.privateIp", { id: "i-0a", name: "a", tags: {} })).toEqual({
      lacks: "has no privateIp",
    });
    expect(fillTemplate("$resource.tags.constructor", WEB)).toEqual({ lacks: 'has no tag "constructor"' });
  });

  it("make values safe for where they go", () => {
    const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
    const tags = { Role: "'; reboot; '" };
    expect(fillTemplate("restart $resource.tags.Role", { ...WEB, tags }, quoted)).toEqual({
      text: "restart ''\\''; reboot; '\\'''",
    });
  });
});
