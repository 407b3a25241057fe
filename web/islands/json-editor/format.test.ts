import { describe, expect, it } from "vitest";

import { format } from "./format";

describe("formatting", () => {
  it("indents by two and keeps empty things together", () => {
    expect(format('{"a":[1,{"b":[]}],"c":{}}')).toBe('{\n  "a": [\n    1,\n    {\n      "b": []\n    }\n  ],\n  "c": {}\n}\n');
  });

  it("keeps numbers and texts as they were written", () => {
    const text = '{"price": 12.50, "big": 12345678901234567890.10, "text": "a:{b}, \\"c\\" \\u4e2d"}';
    expect(format(text)).toBe('{\n  "price": 12.50,\n  "big": 12345678901234567890.10,\n  "text": "a:{b}, \\"c\\" \\u4e2d"\n}\n');
  });

  it("is the same when it is done twice", () => {
    const once = format('{"a": [1, 2], "b": "x"}');
    expect(once === null ? null : format(once)).toBe(once);
  });

  it("leaves alone what is not JSON", () => {
    expect(format('{"a": }')).toBeNull();
    expect(format("")).toBeNull();
  });
});
