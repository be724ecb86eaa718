/**
 * Codes of failures on our own side: the call was certainly not carried out, and they say nothing about the instance. Whoever runs the
 * repair must see to them.
 */
export const OUR_FAILURES: ReadonlySet<string> = new Set([
  "Aborted",
  "ExpiredToken",
  "InvalidCredentials",
  "NoCredentials",
  "RequestExpired",
  "UnknownProfile",
]);
