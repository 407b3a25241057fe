/** Indents JSON by two spaces and leaves every number and text as it was written: 12.50 has to stay exact. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** null where `text` is not JSON. */
export function format(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const tokens = text.match(TOKEN) ?? [];
  let depth = 0;
  let out = "";
  const line = (): string => `\n${"  ".repeat(depth)}`;
  tokens.forEach((token, index) => {
    const opens = token === "{" || token === "[";
    const closes = token === "}" || token === "]";
    const before = tokens[index - 1];
    const empty = closes && (before === "{" || before === "[");
    if (closes) depth -= 1;
    if (closes && !empty) out += line();
    out += token === ":" ? ": " : token;
    if (opens) depth += 1;
    const after = tokens[index + 1];
    if (token === "," || (opens && after !== "}" && after !== "]")) out += line();
  });
  return `${out}\n`;
}
