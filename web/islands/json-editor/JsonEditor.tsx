import { foldAll, unfoldAll } from "@codemirror/language";
import { openSearchPanel } from "@codemirror/search";
import type { EditorView } from "@codemirror/view";
import { type ReactElement, useEffect, useRef, useState } from "react";

import { makeEditor, mark, select } from "./editor";
import { problemOf, problemsOnPage, send } from "./findings";
import { format } from "./format";

const CHECK_AFTER_MS = 700;

/** at: pointer of the place to begin at; words, phrases: sentences in the reader's language. */
export interface Props {
  readonly checkUrl: string;
  readonly at: string | null;
  readonly readOnly: boolean;
  readonly words: Readonly<Record<"label" | "format" | "search" | "fold" | "unfold" | "unsaved" | "saved" | "saving" | "refused" | "unreachable" | "keys" | "notJson", string>>;
  readonly phrases: Readonly<Record<string, string>>;
}

interface Page {
  readonly form: HTMLFormElement;
  readonly textarea: HTMLTextAreaElement;
  readonly nonce: string;
}

/** The form's text with colours, folding and search. What is wrong is said by the server, here as on the page. */
export function JsonEditor({ checkUrl, at, readOnly, words, phrases, form, textarea, nonce }: Props & Page): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const [said, say] = useState("");

  useEffect(() => {
    if (host.current === null) return undefined;
    let dirty = false;
    let timer = 0;
    let running: AbortController | null = null;

    async function check(): Promise<void> {
      running?.abort();
      running = new AbortController();
      try {
        if ((await send(form, checkUrl, running.signal)) !== "lost") mark(view, problemsOnPage());
      } catch {
        /* Aborted by the next check, or no connection: the page says so itself. */
      }
    }

    /** A conflict is shown by the page itself, with all ways out of it: then the form is sent as it is. */
    async function save(): Promise<void> {
      if (readOnly) return;
      clearTimeout(timer);
      running?.abort();
      say(words.saving);
      const sent = textarea.value;
      try {
        const answer = await send(form, form.action, null);
        if (answer === "lost") {
          dirty = false;
          form.submit();
          return;
        }
        if (answer === "refused") {
          say(words.refused);
          mark(view, problemsOnPage());
          return;
        }
      } catch {
        say(words.unreachable);
        return;
      }
      const etag = form.elements.namedItem("etag");
      if (etag instanceof HTMLInputElement) etag.value = document.getElementById("findings")?.dataset["etag"] ?? "";
      dirty = textarea.value !== sent;
      say(dirty ? words.unsaved : words.saved);
      mark(view, problemsOnPage());
    }

    const view = makeEditor({
      textarea,
      parent: host.current,
      nonce,
      label: words.label,
      phrases,
      readOnly,
      onChange: () => {
        dirty = true;
        say(words.unsaved);
        clearTimeout(timer);
        timer = window.setTimeout(() => void check(), CHECK_AFTER_MS);
      },
      onSave: () => void save(),
    });
    editor.current = view;
    textarea.hidden = true;
    mark(view, problemsOnPage());
    if (at !== null) select(view, { pointer: at, line: null });

    function onSubmit(event: SubmitEvent): void {
      const pressed = event.submitter?.id;
      if (pressed === "check") {
        event.preventDefault();
        void check().then(() => document.getElementById("findings")?.scrollIntoView({ block: "nearest" }));
      } else if (pressed === "save") {
        event.preventDefault();
        void save();
      } else {
        dirty = false;
      }
    }
    function onClick(event: MouseEvent): void {
      const target = event.target instanceof Element ? event.target : null;
      const item = target?.closest("[data-go]") ? target.closest<HTMLElement>("[data-problem]") : null;
      if (!item) return;
      event.preventDefault();
      select(view, problemOf(item));
    }
    function onLeave(event: BeforeUnloadEvent): void {
      if (dirty) event.preventDefault();
    }
    form.addEventListener("submit", onSubmit);
    document.addEventListener("click", onClick);
    window.addEventListener("beforeunload", onLeave);
    return () => {
      clearTimeout(timer);
      running?.abort();
      form.removeEventListener("submit", onSubmit);
      document.removeEventListener("click", onClick);
      window.removeEventListener("beforeunload", onLeave);
      textarea.hidden = false;
      view.destroy();
    };
  }, [checkUrl, at, readOnly, words, phrases, form, textarea, nonce]);

  function indent(): void {
    const view = editor.current;
    if (view === null) return;
    const text = format(view.state.doc.toString());
    if (text === null) say(words.notJson);
    else if (text !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  }
  const run = (command: (view: EditorView) => boolean) => () => {
    if (editor.current !== null) command(editor.current);
  };

  return (
    <div className="json-editor">
      <div className="json-tools">
        {!readOnly && <Tool label={words.format} onPress={indent} />}
        <Tool label={words.search} onPress={run(openSearchPanel)} />
        <Tool label={words.fold} onPress={run(foldAll)} />
        <Tool label={words.unfold} onPress={run(unfoldAll)} />
        <span className="json-said" role="status">
          {said}
        </span>
      </div>
      <div ref={host} />
      {!readOnly && <p className="hint json-keys">{words.keys}</p>}
    </div>
  );
}

function Tool({ label, onPress }: Readonly<{ label: string; onPress: () => void }>): ReactElement {
  return (
    <button type="button" className="btn btn-quiet" onClick={onPress}>
      {label}
    </button>
  );
}
