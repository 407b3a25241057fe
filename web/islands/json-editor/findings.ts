/** What the server says about the text. The page holds it as HTML; the editor reads the same lines that people read. */

/** line counts from 1; null where the server named none. */
export interface Problem {
  readonly pointer: string;
  readonly line: number | null;
  readonly severity: "error" | "warning";
  readonly sentence: string;
}

export function problemOf(item: HTMLElement): Problem {
  const line = Number(item.dataset["line"]);
  return {
    pointer: item.dataset["pointer"] ?? "",
    line: Number.isInteger(line) && line > 0 ? line : null,
    severity: item.dataset["severity"] === "warning" ? "warning" : "error",
    sentence: item.querySelector("[data-sentence]")?.textContent ?? "",
  };
}

export function problemsOnPage(): Problem[] {
  return [...document.querySelectorAll<HTMLElement>("#findings [data-problem]")].map(problemOf);
}

/** refused: what is wrong with the text is on the page now. lost: the page itself has to say what stands in the way. */
export type Answer = "done" | "refused" | "lost";

/** Sends the form to `url` and takes over the parts of the page that come back. */
export async function send(form: HTMLFormElement, url: string, signal: AbortSignal | null): Promise<Answer> {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(entriesOf(form)), headers: { "HX-Request": "true" }, signal });
  if ((!answer.ok && answer.status !== 422) || answer.redirected) return "lost";
  const came = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [...came.body.children]) {
    const old = part.id ? document.getElementById(part.id) : null;
    if (old !== null && document.querySelector("dialog[open]") === null) old.replaceWith(document.adoptNode(part));
  }
  return answer.ok ? "done" : "refused";
}

function entriesOf(form: HTMLFormElement): [string, string][] {
  return [...new FormData(form)].flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as [string, string]] : []));
}
