/** CodeMirror over the form's textarea: one text, kept equal in both. */

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, ensureSyntaxTree, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting, syntaxTree } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";

import type { Problem } from "./findings";
import { type Place, placeOf } from "./pointer";
import { colours, theme } from "./theme";

const PARSE_MS = 500;

/** nonce: of the page's Content-Security-Policy, for the styles that CodeMirror writes. */
export interface EditorOptions {
  readonly textarea: HTMLTextAreaElement;
  readonly parent: HTMLElement;
  readonly nonce: string;
  readonly label: string;
  readonly phrases: Readonly<Record<string, string>>;
  readonly readOnly: boolean;
  readonly onChange: () => void;
  readonly onSave: () => void;
}

export function makeEditor(options: EditorOptions): EditorView {
  const { textarea } = options;
  const keepEqual = EditorView.updateListener.of((update) => {
    if (!update.docChanged) return;
    textarea.value = update.state.doc.toString();
    options.onChange();
  });
  const save = { key: "Mod-s", preventDefault: true, run: (): boolean => (options.onSave(), true) };
  const extensions: Extension[] = [
    EditorView.cspNonce.of(options.nonce),
    EditorState.phrases.of({ ...options.phrases }),
    EditorState.readOnly.of(options.readOnly),
    EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
    lineNumbers(),
    foldGutter(),
    lintGutter(),
    history(),
    drawSelection(),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    json(),
    syntaxHighlighting(colours),
    theme,
    keymap.of([save, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...lintKeymap, indentWithTab]),
    keepEqual,
  ];
  return new EditorView({ parent: options.parent, state: EditorState.create({ doc: textarea.value, extensions }) });
}

export function placeIn(view: EditorView, pointer: string): Place {
  const { state } = view;
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state);
  return placeOf(tree, state.doc.toString(), pointer);
}

/** What the server found, underlined and in the gutter. */
export function mark(view: EditorView, problems: readonly Problem[]): void {
  const diagnostics: Diagnostic[] = problems.map((problem) => ({
    ...markOf(view, problem),
    severity: problem.severity,
    message: problem.sentence,
  }));
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/** Selects the place of a problem and brings it into view. */
export function select(view: EditorView, problem: Pick<Problem, "pointer" | "line">): void {
  const { from, to } = problem.pointer === "" && problem.line !== null ? lineOf(view, problem.line) : placeIn(view, problem.pointer).whole;
  view.dispatch({ selection: { anchor: from, head: to }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
  view.focus();
}

function markOf(view: EditorView, problem: Problem): { from: number; to: number } {
  if (problem.pointer === "" && problem.line !== null && problem.line > 1) return lineOf(view, problem.line);
  return placeIn(view, problem.pointer).mark;
}

function lineOf(view: EditorView, line: number): { from: number; to: number } {
  const { from, to } = view.state.doc.line(Math.min(line, view.state.doc.lines));
  return { from, to };
}
