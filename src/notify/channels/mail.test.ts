import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AwsCall, channelUnderTest, sendContext } from "../../../test/support/channel-setup.ts";
import { type FakeSmtp, startFakeSmtp } from "../../../test/support/fake-smtp.ts";
import { aNotification, recoveryOf } from "../../../test/support/notifications.ts";
import { HttpClient } from "./http-client.ts";
import { smtp as smtpKind } from "./smtp.ts";

const http = new HttpClient();
afterAll(() => http.close());

const header = (mail: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, "im")
    .exec(mail.split("\n\n", 1)[0] ?? "")?.[1]
    ?.replace(/\n\s+/g, " ");

describe("mail by SMTP", () => {
  let server: FakeSmtp;
  beforeAll(async () => {
    server = await startFakeSmtp();
  });
  afterAll(() => server.close());
  let channel: ReturnType<typeof channelUnderTest>;
  beforeEach(() => {
    const options = {
      host: `127.0.0.1:${server.port}`,
      security: "none",
      from: "Watchkeeper <alarms@example.com>",
      to: ["team@example.com", "Eva <eva@example.com>"],
    };
    channel = channelUnderTest("smtp", options, { http });
  });
  afterEach(() => channel.close?.());

  it("threads the mails of an incident", async () => {
    const alarm = aNotification("1");
    await channel.send(alarm, sendContext());
    await channel.send(recoveryOf(alarm), sendContext());
    const [first = "", second = ""] = server.mails;
    expect(header(first, "Message-ID")).toBe("<incident-1@watchkeeper.invalid>");
    expect(header(second, "References")).toBe("<incident-1@watchkeeper.invalid>");
    expect(header(second, "Message-ID")).not.toBe(header(first, "Message-ID"));
    expect(header(first, "To")).toBe("team@example.com, Eva <eva@example.com>");
    expect(header(first, "Auto-Submitted")).toBe("auto-generated");
    expect(first).toContain("multipart/alternative");
  });

  it("lets no text become a header", async () => {
    await channel.send(
      aNotification("1", { title: "ALARM\r\nBcc: everyone@example.com\r\n\r\nhello" }),
      sendContext(),
    );
    const mail = server.mails.at(-1) ?? "";
    expect(header(mail, "Bcc")).toBeUndefined();
    expect(header(mail, "Subject")).toContain("Bcc: everyone@example.com");
  });

  it("goes on when one of the recipients is refused", async () => {
    const warnings: string[] = [];
    server.replies = { "eva@example.com": "550 5.1.1 no such user" };
    const result = await channel.send(
      aNotification("1"),
      sendContext({ log: { debug: () => undefined, warn: (text) => warnings.push(text) } }),
    );
    expect(result).toEqual({ outcome: "delivered" });
    server.replies = {};
    expect(warnings).toEqual(["channel team: the server refused eva@example.com"]);
  });

  it("shows a chart within its text, and goes without one that can't be had", async () => {
    const png = Buffer.from("a picture of some length");
    await channel.send(aNotification("1"), sendContext({ picture: async () => png }));
    const mail = server.mails.at(-1) ?? "";
    expect(mail).toMatch(/Content-Type: multipart\/related/i);
    expect(mail).toContain("Content-ID: <chart@watchkeeper.invalid>");
    expect(mail).toContain("Content-Disposition: inline; filename=metric.png");
    expect(mail).toContain(png.toString("base64"));
    expect(mail.replaceAll("=\n", "").replaceAll("=3D", "=")).toContain(
      '<img src="cid:chart@watchkeeper.invalid"',
    );

    const warnings: string[] = [];
    const log = { debug: () => undefined, warn: (text: string) => void warnings.push(text) };
    const picture = (): Promise<Uint8Array> => Promise.reject(new Error("no metric"));
    expect(await channel.send(aNotification("1"), sendContext({ picture, log }))).toEqual({
      outcome: "delivered",
    });
    expect(server.mails.at(-1)).not.toContain("image/png");
    expect(warnings).toEqual(["channel team: the mail goes without its chart"]);
  });

  it("isn't sent in the clear to other machines", () => {
    const options = { host: "smtp.example.com", from: "a@example.com", to: ["b@example.com"] };
    expect(smtpKind.check({ ...options, security: "none" })).toContain("in the clear");
    expect(smtpKind.check({ ...options, security: "starttls" })).toBeUndefined();
    expect(smtpKind.check({ ...options, host: "127.evil.example", security: "none" })).toContain(
      "in the clear",
    );
  });
});

describe("mail by SES", () => {
  it("is sent whole, from the account and region that are given", async () => {
    const calls: AwsCall[] = [];
    const options = {
      region: "eu-central-1",
      account: "111122223333",
      from: "alarms@example.com",
      to: ["team@example.com"],
    };
    const picture = async (): Promise<Uint8Array> => new Uint8Array([1, 2, 3]);
    const ses = channelUnderTest("ses", options, { http, calls });
    expect(ses.capabilities.picture).toBe(true);
    expect(channelUnderTest("ses", { ...options, pictures: false }, { http }).capabilities.picture).toBe(
      false,
    );
    await ses.send(aNotification("1"), sendContext({ picture }));
    expect(calls).toMatchObject([
      {
        region: "eu-central-1",
        account: "111122223333",
        operation: "SendEmail",
        input: { FromEmailAddress: "alarms@example.com", Destination: { ToAddresses: ["team@example.com"] } },
      },
    ]);
    const { Raw } = (calls.at(0) as AwsCall).input["Content"] as {
      readonly Raw: { readonly Data: Buffer };
    };
    expect(Raw.Data.toString()).toContain("image/png");
    expect(header(Raw.Data.toString().replaceAll("\r\n", "\n"), "Message-ID")).toBe(
      "<incident-1@watchkeeper.invalid>",
    );
  });
});

describe("a topic", () => {
  it("gets text for people and the notification for programs, marked as ours", async () => {
    const calls: AwsCall[] = [];
    const topic = "arn:aws-cn:sns:cn-north-1:111122223333:pages.fifo";
    await channelUnderTest("sns", { topic }, { http, calls }).send(
      aNotification("1", { title: "ALARM  größer – 🔥" }),
      sendContext(),
    );
    const [call] = calls;
    expect(call).toMatchObject({
      region: "cn-north-1",
      account: "111122223333",
      operation: "Publish",
      input: {
        TopicArn: topic,
        Subject: "ALARM gro er",
        MessageStructure: "json",
        MessageAttributes: { watchkeeper: { DataType: "String", StringValue: "notification" } },
        MessageGroupId: "incident-1",
        MessageDeduplicationId: "n-1",
      },
    });
    const forms = JSON.parse(String(call?.input["Message"])) as Record<string, string>;
    expect(forms["default"]).toContain("Value: 97.4 % > 90 %");
    expect(JSON.parse(forms["lambda"] ?? "")).toMatchObject({ version: 1, id: "n-1" });
  });
});
