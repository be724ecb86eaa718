/** What stands in place of a secret. */
const HIDDEN = "***";

/** Forms that secrets have in what machines print. The groups in front of the secret stay. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  // Keys of AWS, by their own form, and what is named like their other half.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/(\bBearer\s+|\bBasic\s+)[A-Za-z0-9+/._~=-]{8,}/gi, `$1${HIDDEN}`],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi, `$1${HIDDEN}@`],
  [
    /((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|credentials?|private[_-]?key)[\w-]*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    `$1${HIDDEN}`,
  ],
  [/((?:--?)(?:password|passwd|secret|token|api-key)\s+)("[^"]*"|'[^']*'|\S+)/gi, `$1${HIDDEN}`],
];

/** A text without what looks like a secret: it is kept, and goes where many people read. */
export function redact(text: string): string {
  return FORMS.reduce((clean, [form, shown]) => clean.replace(form, shown), text);
}
