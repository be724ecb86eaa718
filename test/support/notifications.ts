import type { AlertText } from "../../src/model/alert.ts";
import type { Notification, NotifiedAlert } from "../../src/notify/notification.ts";

const AT = Date.parse("2026-11-20T10:04:00Z");

/** An alert with everything that most have. */
export function anAlert(
  id: string,
  more: Partial<Omit<NotifiedAlert, "text">> & { readonly text?: Partial<AlertText> } = {},
): NotifiedAlert {
  return {
    fingerprint: `alarm-${id}`,
    kind: "alarm",
    status: "firing",
    labels: { alertname: `cpu-high-${id}`, severity: "critical" },
    startsAt: AT - 12 * 60_000,
    changedAt: AT,
    flaps: 0,
    news: true,
    lasted: "12 min",
    ...more,
    text: {
      name: `cpu-high-${id}`,
      state: more.status === "resolved" ? "OK" : "ALARM",
      measured: "97.4 % > 90 %",
      condition: "CPUUtilization > 90 % for 5 min",
      reason: "Threshold Crossed: 3 datapoints were greater than the threshold (90.0).",
      resource: { id: `i-${id}`, name: `web-${id}`, type: "ec2.instance" },
      account: { id: "111122223333", name: "production" },
      region: "eu-central-1",
      contributors: [],
      children: [],
      facts: [],
      console: `https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#alarmsV2:alarm/cpu-high-${id}`,
      runbook: "https://wiki.example.com/cpu?id=1&lang=en",
      ...more.text,
    },
  };
}

/** A notification of one alert; of those given in `alerts` otherwise. */
export function aNotification(id: string, more: Partial<Notification> = {}): Notification {
  const alerts = more.alerts ?? [
    anAlert(id, more.status === "resolved" ? { status: "resolved", endsAt: AT } : {}),
  ];
  const resolved = alerts.filter(({ status }) => status === "resolved").length;
  const [alert] = alerts;
  return {
    version: 1,
    id: `n-${id}`,
    channel: "team",
    group: `group-${id}`,
    incident: `incident-${id}`,
    first: true,
    reason: "first-notification",
    status: resolved === alerts.length ? "resolved" : "firing",
    severity: "critical",
    at: AT,
    groupLabels: { alertname: `cpu-high-${id}` },
    commonLabels: { severity: "critical" },
    title: `${alert?.text.state}  ${alert?.text.name} · web-${id} (i-${id}) · 97.4 % > 90 %`,
    omitted: 0,
    counts: { firing: alerts.length - resolved, resolved },
    ...more,
    alerts,
  };
}

/** The same incident's recovery. */
export function recoveryOf(notification: Notification, id = `${notification.id}-ok`): Notification {
  const alerts = notification.alerts.map(
    (alert): NotifiedAlert => ({
      ...alert,
      status: "resolved",
      endsAt: notification.at + 60_000,
      text: { ...alert.text, state: "OK" },
    }),
  );
  return {
    ...notification,
    id,
    first: false,
    reason: "all-resolved",
    status: "resolved",
    alerts,
    title: notification.title.replace(/^\S+/, "OK"),
    counts: { firing: 0, resolved: alerts.length },
  };
}
