/**
 * Every value at a path, looking into each element of every list on the way: `Reservations.Instances.InstanceId`.
 * A list at the end of the path gives its elements.
 */
export function valuesAt(answer: unknown, path: string): readonly unknown[] {
  let values: readonly unknown[] = [answer].flat();
  for (const key of path.split("."))
    values = values.flatMap((value) => {
      const next = (value as Readonly<Record<string, unknown>> | null)?.[key];
      return next === undefined ? [] : next;
    });
  return values;
}

/** The one text at a path. Throws when there isn't exactly one. */
export function textAt(answer: unknown, path: string): string {
  const [text, ...more] = valuesAt(answer, path);
  if (typeof text !== "string" || more.length > 0)
    throw new TypeError(`there is no single text at ${path} of ${JSON.stringify(answer)}`);
  return text;
}
