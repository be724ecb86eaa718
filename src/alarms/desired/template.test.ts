// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces are part of the syntax under test
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { instance } from "../test-fixtures.ts";
import { renderTemplate, templateProblems, usesResource } from "./template.ts";

const web = instance("i-0abc", {
  name: "web 3",
  tags: { Name: "web 3", Role: "web", "cost-center": "7", "aws:autoscaling:groupName": "g", Empty: "" },
});

describe("renderTemplate", () => {
  it.each([
    ["plain", "plain"],
    ["$resource.id", "i-0abc"],
    ["cpu-$resource.id-x", "cpu-i-0abc-x"],
    ["$resource.name", "web 3"],
    ["$resource.account/$resource.region", "111122223333/eu-central-1"],
    ["$resource.tags.Role: $resource.tags.Name", "web: web 3"],
    ["$resource.tags.Role-disk", "web-disk"],
    ["${resource.tags.cost-center}", "7"],
    ["$resource.tags.aws:autoscaling:groupName", "g"],
    ["$5 and $cpu", "$5 and $cpu"],
  ])("%s", (template, text) => expect(renderTemplate(template, web)).toEqual({ text }));

  it("says what the resource lacks", () => {
    expect(renderTemplate("$resource.tags.Owner", web)).toEqual({ lacks: 'has no tag "Owner"' });
    expect(renderTemplate("$resource.tags.Empty", web)).toEqual({ lacks: 'has an empty tag "Empty"' });
    expect(renderTemplate("$resource.tags.constructor", web)).toEqual({ lacks: 'has no tag "constructor"' });
    expect(renderTemplate("$resource.id", undefined)).toEqual({ lacks: "belongs to no resource" });
  });

  it("never reads expressions out of a tag's value", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const odd = instance("i-1", { tags: { Role: value } });
        expect(renderTemplate("a-$resource.tags.Role-$resource.id", odd)).toEqual({ text: `a-${value}-i-1` });
      }),
    );
    const sly = instance("i-1", { tags: { Role: "$resource.id $& $1" } });
    expect(renderTemplate("$resource.tags.Role", sly)).toEqual({ text: "$resource.id $& $1" });
  });
});

describe("templateProblems", () => {
  it("finds expressions that don't exist", () => {
    expect(templateProblems("$resource.id $resource.tags.X ${resource.name}")).toEqual([]);
    expect(templateProblems("$resource.nam")[0]).toContain('Did you mean "name"?');
    expect(templateProblems("$resource.facts.size")[0]).toContain('"$resource.facts" is no expression');
    expect(templateProblems("a $resource")[0]).toContain("no complete expression");
    expect(templateProblems("${resource.tags.x")[0]).toContain("no complete expression");
  });

  it("tells texts that speak of a resource", () => {
    expect(usesResource("a $resource.id")).toBe(true);
    expect(usesResource("a ${resource.id}")).toBe(true);
    expect(usesResource("$cpu")).toBe(false);
  });
});
