/**
 * A channel in one line: `slack://env:SLACK_TOKEN@/C123?mention=@here`. The credential stands in front of the last `@` and may
 * hold slashes (`ssm:/slack/token`); what the other parts mean is the business of the kind.
 */
export interface ChannelUrl {
  readonly kind: string;
  readonly credential?: string;
  /** Between the credential and the first slash: often empty. */
  readonly host: string;
  /** Behind that slash, without it. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Takes a short URL apart. Text: what is wrong; it never repeats the URL, which may hold a secret. */
export function parseChannelUrl(text: string): ChannelUrl | string {
  const scheme = /^([a-z][a-z0-9+-]*):\/\//.exec(text);
  if (!scheme) return "must begin with the kind of channel: slack://..., or be a mapping with kind: slack";
  const rest = text.slice(scheme[0].length);
  const mark = rest.indexOf("?");
  const main = mark < 0 ? rest : rest.slice(0, mark);
  const at = main.lastIndexOf("@");
  const place = main.slice(at + 1);
  const slash = place.indexOf("/");
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(
    mark < 0 ? "" : rest.slice(mark + 1).replaceAll("+", "%2B"),
  )) {
    if (Object.hasOwn(query, key)) return `says ${JSON.stringify(key)} twice`;
    query[key] = value;
  }
  return {
    kind: scheme[1] ?? "",
    ...(at < 0 ? {} : { credential: main.slice(0, at) }),
    host: slash < 0 ? place : place.slice(0, slash),
    path: slash < 0 ? "" : place.slice(slash + 1),
    query,
  };
}
