/** The editor in the page's own colours. They are custom properties, so light and dark follow the page by themselves. */

import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const FONT = 'ui-monospace, "SFMono-Regular", Menlo, Consolas, monospace';

export const theme = EditorView.theme({
  "&": { color: "var(--ol-text)", backgroundColor: "var(--ol-surface)", fontSize: ".8125rem", maxHeight: "42rem", minHeight: "24rem" },
  "&.cm-focused": { outline: "2px solid var(--ol-focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: FONT, lineHeight: "1.55" },
  ".cm-content, .cm-gutter": { minHeight: "24rem" },
  ".cm-content": { caretColor: "var(--ol-text)", padding: ".6rem 0" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--ol-text)" },
  ".cm-gutters": { color: "var(--ol-quiet)", backgroundColor: "var(--ol-page)", border: "0", borderRight: "1px solid var(--ol-line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--ol-idle-ground) 45%, transparent)" },
  ".cm-activeLineGutter": { color: "var(--ol-text)", backgroundColor: "var(--ol-idle-ground)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--ol-brand) 28%, transparent)",
  },
  "&.cm-focused .cm-matchingBracket": { color: "inherit", backgroundColor: "var(--ol-ok-ground)", outline: "1px solid var(--ol-ok)" },
  "&.cm-focused .cm-nonmatchingBracket": { color: "inherit", backgroundColor: "var(--ol-bad-ground)", outline: "1px solid var(--ol-bad)" },
  ".cm-selectionMatch": { backgroundColor: "var(--ol-info-ground)" },
  ".cm-searchMatch": { backgroundColor: "var(--ol-warn-ground)", outline: "1px solid var(--ol-warn)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--ol-ok-ground)" },
  ".cm-foldPlaceholder": { color: "var(--ol-quiet)", backgroundColor: "var(--ol-idle-ground)", borderColor: "var(--ol-line)" },
  ".cm-panels": { color: "var(--ol-text)", backgroundColor: "var(--ol-page)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--ol-line)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--ol-line)" },
  ".cm-panel.cm-search": { fontFamily: "inherit", padding: ".5rem .9rem" },
  ".cm-panel.cm-search label": { fontSize: ".8125rem" },
  ".cm-textfield": { color: "var(--ol-text)", backgroundColor: "var(--ol-surface)", border: "1px solid var(--ol-quiet)", borderRadius: "4px", fontSize: ".8125rem" },
  ".cm-button": { color: "var(--ol-text)", backgroundImage: "none", backgroundColor: "var(--ol-surface)", border: "1px solid var(--ol-line)", borderRadius: "4px", fontSize: ".8125rem" },
  ".cm-panel.cm-search [name=close]": { color: "var(--ol-text)", fontSize: "1.1rem", right: ".5rem", minWidth: "1.5rem", minHeight: "1.5rem" },
  ".cm-tooltip": { color: "var(--ol-text)", backgroundColor: "var(--ol-raised)", border: "1px solid var(--ol-line)", borderRadius: "6px", maxWidth: "32rem" },
  ".cm-diagnostic": { padding: ".4rem .6rem", fontFamily: "var(--tblr-body-font-family)", whiteSpace: "normal" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--ol-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--ol-warn)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--ol-bad)", textUnderlineOffset: ".2em" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--ol-warn)", textUnderlineOffset: ".2em" },
  ".cm-lint-marker": { width: ".85em", height: ".85em" },
});

export const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--ol-brand-strong)" },
  { tag: tags.string, color: "var(--ol-ok)" },
  { tag: tags.number, color: "var(--ol-info)" },
  { tag: [tags.bool, tags.null], color: "var(--ol-special)" },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: "var(--ol-quiet)" },
  { tag: tags.invalid, color: "var(--ol-bad)" },
]);
