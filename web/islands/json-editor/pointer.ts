/** Where the value of a JSON pointer stands in a text, found through the syntax tree: broken texts have places too. */

import type { SyntaxNode, Tree } from "@lezer/common";

/** Offsets into the text; `to` is exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * whole  the value
 * mark   what to underline: a short value with its name, of a long one its name or its bracket
 * exact  false where the pointer names nothing; then both are of the nearest thing around it
 */
export interface Place {
  readonly whole: Range;
  readonly mark: Range;
  readonly exact: boolean;
}

const VALUES = new Set(["Object", "Array", "String", "Number", "True", "False", "Null"]);

/** The steps of a pointer as RFC 6901 escapes them: "/a~1b/0" is ["a/b", "0"]. */
export function stepsOf(pointer: string): string[] {
  if (pointer === "") return [];
  return pointer
    .replace(/^\//, "")
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

export function placeOf(tree: Tree, text: string, pointer: string): Place {
  let value = valuesIn(tree.topNode)[0] ?? null;
  let property: SyntaxNode | null = null;
  if (value === null) return { whole: clip(0, 0, text), mark: clip(0, 1, text), exact: pointer === "" };
  for (const step of stepsOf(pointer)) {
    const next = below(value, step, text);
    if (next === null) return { ...shown(value, property, text), exact: false };
    ({ value, property } = next);
  }
  return { ...shown(value, property, text), exact: true };
}

interface Found {
  value: SyntaxNode;
  property: SyntaxNode | null;
}

/** The member or entry of that name; of a name that stands twice the last, as readers of JSON take it. */
function below(value: SyntaxNode, step: string, text: string): Found | null {
  if (value.name === "Array") {
    const entry = /^(0|[1-9]\d*)$/.test(step) ? valuesIn(value)[Number(step)] : undefined;
    return entry ? { value: entry, property: null } : null;
  }
  if (value.name !== "Object") return null;
  let found: Found | null = null;
  for (const property of value.getChildren("Property")) {
    const name = property.getChild("PropertyName");
    if (name === null || nameOf(text.slice(name.from, name.to)) !== step) continue;
    found = { value: valuesIn(property)[0] ?? name, property };
  }
  return found;
}

function nameOf(quoted: string): string | null {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}

function valuesIn(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) if (VALUES.has(child.name)) found.push(child);
  return found;
}

function shown(value: SyntaxNode, property: SyntaxNode | null, text: string): { whole: Range; mark: Range } {
  const whole = { from: value.from, to: value.to };
  const long = value.name === "Object" || value.name === "Array";
  const name = property?.getChild("PropertyName") ?? null;
  if (long) return { whole, mark: name ? { from: name.from, to: name.to } : clip(value.from, value.from + 1, text) };
  return { whole, mark: property ? { from: property.from, to: property.to } : whole };
}

function clip(from: number, to: number, text: string): Range {
  return { from: Math.min(from, text.length), to: Math.min(to, text.length) };
}
