import { pathProblem } from "./notification-paths.ts";

/** Text with `{{ path }}` in it. */
export interface BodyTemplate {
  /** What it refers to, in order. */
  readonly paths: readonly string[];
  render(value: unknown): string;
}

const PLACE = /\{\{\s*([^{}|]*?)\s*(?:\|\s*([^{}]*?)\s*)?\}\}/g;
const PATH = /^[A-Za-z_][\w-]*(\.[\w:-]+)*$/;

/**
 * A template for the body of a request. `{{ title }}` is the value as JSON, with quotes where it is a text, so that a body of
 * JSON stays one whatever the text holds; `{{ title | text }}` is it without quotes, still escaped, for places inside of a JSON
 * text; `{{ title | raw }}` as it is. Paths go into the notification by dots: `alerts.0.text.name`. What isn't there is `null`,
 * and nothing in the other forms. Text: what is wrong with the template.
 */
export function parseTemplate(source: string): BodyTemplate | string {
  const rest = source.replace(PLACE, "");
  if (/\{\{|\}\}/.test(rest)) return "leaves a {{ open, or has something in it that is no name";
  const places = [...source.matchAll(PLACE)].map(([, path = "", form]) => ({ path, form }));
  for (const { path, form } of places) {
    if (!PATH.test(path))
      return `refers to ${JSON.stringify(path)}, which is no path: write names with dots between, such as alerts.0.text.name`;
    if (form !== undefined && !(form in FORMS))
      return `asks for the form ${JSON.stringify(form)}: there are ${Object.keys(FORMS).join(" and ")}`;
  }
  return {
    paths: places.map(({ path }) => path),
    render: (value) =>
      source.replace(PLACE, (_, path: string, form: string | undefined) => {
        const found = at(value, path.split("."));
        return form === undefined ? (JSON.stringify(found) ?? "null") : (FORMS[form]?.(found) ?? "");
      }),
  };
}

/** What is wrong with a template for notifications; also a path that leads nowhere in any of them. Undefined: nothing. */
export function templateProblem(source: string): string | undefined {
  const template = parseTemplate(source);
  if (typeof template === "string") return template;
  const problem = template.paths.map(pathProblem).find((found) => found !== undefined);
  return problem === undefined ? undefined : `refers to ${problem}`;
}

const FORMS: Readonly<Record<string, (value: unknown) => string>> = {
  text: (value) => JSON.stringify(plain(value)).slice(1, -1),
  raw: plain,
};

function plain(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function at(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return at((value as Readonly<Record<string, unknown>>)[name], rest);
}
