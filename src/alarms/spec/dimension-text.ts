/** The longest value a dimension may have, in characters. */
export const MAX_DIMENSION_VALUE = 1024;

/** Whether CloudWatch takes a text as a dimension's name or value: ASCII without control characters, not just spaces. */
export function isDimensionText(text: string, longest: number = MAX_DIMENSION_VALUE): boolean {
  return text.length <= longest && /^[ -~]*$/.test(text) && text.trim() !== "";
}
