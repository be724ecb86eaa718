import { z } from "zod";
import { oneOrMore, strict, text } from "./schema-parts.ts";

const tagCondition = z.union(
  [
    text,
    z.array(text).min(1),
    strict({
      exists: z.boolean().optional().describe("true: the tag is there, whatever its value. false: it isn't."),
      pattern: z.string().min(1).optional().describe('A pattern with * and ?: "web-*".'),
    }).refine((condition) => Object.keys(condition).length === 1, {
      error: "must say either exists or pattern",
    }),
  ],
  { error: 'must be a value, a list of values, { exists: true } or { pattern: "web-*" }' },
);

const patterns = oneOrMore(text);

/** Conditions on tags, by key. */
export const tagConditions = z.record(z.string(), tagCondition);

/** `select:` of a policy, an override or a dimension: every key given must match, any value of a key is enough. */
export const selectorSchema = strict({
  type: patterns
    .optional()
    .describe("Resource types, for example ec2.instance or [ec2.instance, ebs.volume]."),
  tags: tagConditions
    .optional()
    .describe('Tags: Role: web, Role: [web, api], Backup: { exists: true }, Name: { pattern: "web-*" }.'),
  state: patterns.optional().describe("Lifecycle states in the service's words: running, in-use."),
  name: patterns.optional().describe("Names, with * and ?: what the Name tag says, else the id."),
  id: patterns.optional().describe("Resource ids, with * and ?."),
  dnsName: patterns
    .optional()
    .describe('DNS names in Route 53 that lead to the resource, with * and ?: "*.example.com".'),
  region: patterns.optional().describe("Regions, with * and ?."),
  account: patterns.optional().describe("Account ids, with * and ?; in quotes."),
}).meta({
  id: "selector",
  description: "Which resources: every key must match, any value of a key is enough.",
});
