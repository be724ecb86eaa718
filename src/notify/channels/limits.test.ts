// Whatever is in a notification, no channel makes of it what its service would refuse, and none lets text become markup.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aNotification, anAlert } from "../../../test/support/notifications.ts";
import type { AlertText } from "../../model/alert.ts";
import { MAX_ALERTS, type Notification } from "../notification.ts";
import { adaptiveCard } from "./adaptive-card.ts";
import { mailMessage } from "./mail-message.ts";
import { pagerdutyEvent } from "./pagerduty.ts";
import { slackHistoryLine, slackMessage } from "./slack-message.ts";
import { snsForms } from "./sns.ts";
import { telegramText } from "./telegram-text.ts";

const HOSTILE = [
  "<!channel> <!here> <@U1> <https://evil.example|Console>",
  "@everyone @here @channel",
  "</b><script>alert(1)</script><a href='javascript:x'>x</a>",
  "*bold* _it_ ~no~ `code` [link](https://evil.example) {{DATE(2017-02-14T06:08:00Z)}} #{x}",
  "&lt;!channel&gt; &amp; &#60;",
  "👩‍👩‍👧‍👦\ud83d\u0000 𝄞 \u202eevil",
  '"},{"type":"section"}',
];
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.constantFrom(...HOSTILE),
  fc
    .tuple(fc.constantFrom(...HOSTILE, "x", "&", "é", "𝄞"), fc.integer({ min: 1, max: 6000 }))
    .map(([unit, n]) => unit.repeat(n).slice(0, 12_000)),
);
const part = fc.record({ name: text });
const alertText: fc.Arbitrary<Partial<AlertText>> = fc.record({
  name: text,
  measured: text,
  reason: text,
  description: text,
  resource: fc.record({ id: text, name: text }),
  contributors: fc.array(part, { maxLength: 40 }),
  children: fc.array(part, { maxLength: 40 }),
  facts: fc.array(fc.record({ label: text, value: text }), { maxLength: 30 }),
  console: text.map(
    (value) =>
      `https://console.aws.amazon.com/#${encodeURIComponent(Buffer.from(value).toString()).slice(0, 1500)}`,
  ),
});
const notification: fc.Arbitrary<Notification> = fc
  .record({
    count: fc.constantFrom(1, 1, 2, 20, MAX_ALERTS),
    body: alertText,
    status: fc.constantFrom("firing" as const, "resolved" as const),
    title: text,
    omitted: fc.constantFrom(0, 950),
  })
  .map(({ count, body, status, title, omitted }) => {
    const alerts = Array.from({ length: count }, (_, i) => anAlert(String(i), { status, text: body }));
    return aNotification("1", { alerts, title, omitted: count > 1 ? omitted : 0 });
  });

interface SlackBlock {
  readonly type: string;
  readonly text?: { readonly text: string };
  readonly fields?: readonly { readonly text: string }[];
  readonly elements?: readonly { readonly text: string }[];
}

function slackTexts(blocks: readonly SlackBlock[]): string[] {
  return blocks.flatMap((block) => [
    ...(block.text ? [block.text.text] : []),
    ...[...(block.fields ?? []), ...(block.elements ?? [])].map((each) => each.text),
  ]);
}

/** The markup in a text of Slack's: what stands in `<>`. */
function slackMarkup(value: string): string[] {
  return [...value.matchAll(/<([^>]*)>/g)].map(([, inner = ""]) => inner);
}

describe("a message", () => {
  it("for Slack keeps to its sizes, and holds no markup but ours", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const message = slackMessage(each, "@here");
        const blocks = message.blocks as unknown as readonly SlackBlock[];
        expect(blocks.length).toBeLessThanOrEqual(50);
        expect(message.text.length).toBeLessThanOrEqual(4000);
        for (const { text: own, fields } of blocks) {
          expect(own?.text.length ?? 1).toBeLessThanOrEqual(3000);
          expect(own?.text.length ?? 1).toBeGreaterThan(0);
          expect(fields?.length ?? 1).toBeLessThanOrEqual(10);
          for (const { text: value } of fields ?? []) expect(value.length).toBeLessThanOrEqual(2000);
        }
        const markup = slackTexts(blocks).flatMap(slackMarkup);
        expect(
          markup.filter((inner) => !/^https:\/\/[^|]*\|(Console|Runbook)$|^!date\^\d+\^/.test(inner)),
        ).toEqual(["!here"]);
        expect(slackMarkup(message.text)).toEqual(["!here"]);
        expect(slackMarkup(slackHistoryLine(each))).toEqual([]);
        expect(slackHistoryLine(each, "@here").length).toBeLessThanOrEqual(3100);
      }),
      { numRuns: 150 },
    );
  });

  it("for Telegram keeps to 4096 characters of well-formed markup", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const { html, plain } = telegramText(each);
        expect(html.length).toBeLessThanOrEqual(4096);
        expect(plain.length).toBeLessThanOrEqual(4096);
        expect(html.replace(/<\/?b>|<a href="https:[^"<>]*">|<\/a>/g, "")).not.toMatch(/[<>]/);
        expect(html.match(/<b>/g)?.length).toBe(html.match(/<\/b>/g)?.length);
        expect(html).not.toMatch(/(^|\W)@\w/);
        expect(html.replace(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
      }),
      { numRuns: 150 },
    );
  });

  it("for Teams keeps to 28 KB, and reads no text as markup", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const json = JSON.stringify(adaptiveCard(each));
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(28 * 1024);
        // Only text blocks and fact sets read Markdown.
        expect(json).not.toMatch(/"type":"(TextBlock|FactSet)"/);
      }),
      { numRuns: 100 },
    );
  });

  it("for PagerDuty keeps to its sizes", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const event = pagerdutyEvent(each) as { readonly payload: { readonly summary: string } };
        expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(512 * 1024);
        expect(event.payload.summary.length).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 60 },
    );
  });

  it("for SNS keeps to 256 KB", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const forms = snsForms(each);
        expect(Buffer.byteLength(JSON.stringify(forms))).toBeLessThanOrEqual(256 * 1024);
        expect(forms["sms"]?.length).toBeLessThanOrEqual(140);
        expect((JSON.parse(forms["sqs"] ?? "") as Notification).version).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it("for mail has one line as its subject, and no markup but ours", () => {
    fc.assert(
      fc.property(notification, (each) => {
        const { subject, html } = mailMessage(each);
        expect(subject.length).toBeLessThanOrEqual(150);
        expect(
          html.replace(/<\/?(html|body|div|table|tr|td|p|ul|li|b|a|!doctype html)\b[^<>]*>/g, ""),
        ).not.toMatch(/[<>]/);
        expect(html).not.toContain("javascript:x'");
      }),
      { numRuns: 60 },
    );
  });

  it("says how much was left out", () => {
    const alerts = Array.from({ length: MAX_ALERTS }, (_, i) =>
      anAlert(String(i), { text: { name: `${i} ${"n".repeat(190)}` } }),
    );
    const many = aNotification("1", { alerts, omitted: 950, title: "1000 ALARM" });
    for (const shown of [
      JSON.stringify(slackMessage(many)),
      telegramText(many).html,
      JSON.stringify(adaptiveCard(many)),
      mailMessage(many).text,
    ])
      expect(shown).toMatch(/and 9\d\d more/);
  });
});
