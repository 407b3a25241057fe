import { parser } from "@lezer/json";
import { describe, expect, it } from "vitest";

import { placeOf, stepsOf } from "./pointer";

const TEXT = `{
  "name": {"en": "Tea"},
  "a/b": {"c~d": 1, "": 2},
  "rules": [
    {"id": "r1", "limit": 12.50},
    {"id": "r2", "when": {"==": [1, 2]}}
  ],
  "on": true
}`;

function whole(pointer: string, text = TEXT): string {
  const { whole: range } = placeOf(parser.parse(text), text, pointer);
  return text.slice(range.from, range.to);
}
function marked(pointer: string, text = TEXT): string {
  const { mark } = placeOf(parser.parse(text), text, pointer);
  return text.slice(mark.from, mark.to);
}
const exact = (pointer: string, text = TEXT): boolean => placeOf(parser.parse(text), text, pointer).exact;

describe("a pointer", () => {
  it("is read as RFC 6901 says", () => {
    expect(stepsOf("")).toEqual([]);
    expect(stepsOf("/")).toEqual([""]);
    expect(stepsOf("/a~1b/c~0d/0")).toEqual(["a/b", "c~d", "0"]);
    expect(stepsOf("/~01")).toEqual(["~1"]);
  });

  it("finds members, entries and what is within them", () => {
    expect(whole("/name/en")).toBe('"Tea"');
    expect(whole("/rules/0/limit")).toBe("12.50");
    expect(whole("/rules/1/when/==/1")).toBe("2");
    expect(whole("/on")).toBe("true");
    expect(whole("")).toBe(TEXT);
  });

  it("finds names that need escaping, and the empty one", () => {
    expect(whole("/a~1b/c~0d")).toBe("1");
    expect(whole("/a~1b/")).toBe("2");
  });

  it("finds a name that is written with escapes", () => {
    expect(whole("/näme", '{"n\\u00e4me": 7}')).toBe("7");
  });

  it("of a name that stands twice means the last", () => {
    expect(whole("/a", '{"a": 1, "a": 2}')).toBe("2");
  });
});

describe("what is underlined", () => {
  it("is a short value with its name", () => expect(marked("/rules/0/limit")).toBe('"limit": 12.50'));
  it("is the name alone of a long value", () => expect(marked("/rules")).toBe('"rules"'));
  it("is the bracket of a long entry", () => expect(marked("/rules/1")).toBe("{"));
  it("is the first bracket of the whole document", () => expect(marked("")).toBe("{"));
  it("is the value of a short entry", () => expect(marked("/rules/1/when/==/0")).toBe("1"));
});

describe("where a pointer names nothing", () => {
  it("the nearest thing around it is meant", () => {
    expect(exact("/rules/0/missing")).toBe(false);
    expect(marked("/rules/0/missing")).toBe("{");
    expect(marked("/name/zh-CN")).toBe('"name"');
    expect(exact("/rules/2")).toBe(false);
    expect(exact("/rules/01")).toBe(false);
    expect(exact("/on/deeper")).toBe(false);
  });

  it("broken and empty texts have places too", () => {
    expect(whole("/b", '{"a": , "b": 3')).toBe("3");
    expect(exact("/a", '{"a": ')).toBe(true);
    expect(marked("/a", "")).toBe("");
    expect(marked("", "   ")).toBe(" ");
  });

  it("ten thousand brackets are no trouble", () => {
    const deep = "[".repeat(10_000);
    expect(exact("/0/0/0", deep)).toBe(true);
    expect(exact("/x", deep)).toBe(false);
  });
});
