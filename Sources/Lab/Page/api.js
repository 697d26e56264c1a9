// The server's JSON interface (Documentation/lab-api.yaml).

/** An answer that is an error, with the server's word for it. */
export class Refusal extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

async function answer(response) {
  if (response.ok) return response.json();
  let body = {};
  try { body = await response.json(); } catch { /* not from the lab */ }
  throw new Refusal(body.error ?? "http", body.message ?? `the server answered ${response.status}`);
}

const json = (body, signal) => ({
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal,
});

export const tables = async () => answer(await fetch("/api/data"));
export const references = async () => answer(await fetch("/api/references"));
export const limits = async () => answer(await fetch("/api/limits"));

/** The closed form; where there is none a refusal of kind `needsRun`, with what is promised before the run. */
export async function solve(request, signal) {
  const result = await answer(await fetch("/api/solve", json(request, signal)));
  if (result.needsRun) throw Object.assign(new Refusal("needsRun", result.needsRun), { promise: result.promise });
  return result;
}

/** Gradient descent from the same start, at once. */
export const descend = async (request, signal) => answer(await fetch("/api/descent", json(request, signal)));

/** Sends a table; with targets the answer holds the prepared problem. */
export async function upload(file, { targets = [], drop = [], prepare = "whiten", mends = false } = {}, signal) {
  const query = new URLSearchParams({ name: file.name, prepare, ...(mends ? { encode: "auto", missing: "drop" } : {}) });
  targets.forEach((name) => query.append("target", name));
  drop.forEach((name) => query.append("drop", name));
  return answer(await fetch(`/api/data?${query}`, { method: "POST", headers: { "Content-Type": "text/csv" }, body: file, signal }));
}

/** Starts a stepping run and hands over its events as they come; aborting the signal stops it. */
export async function stream(request, signal, onEvent) {
  const response = await fetch("/api/runs", json(request, signal));
  if (!response.ok) return answer(response);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) onEvent(JSON.parse(line));
  }
}

/** Asks a run to end with what it has. */
export const stop = (id) => fetch(`/api/runs/${encodeURIComponent(id)}`, { method: "DELETE" });

/**
 * Answers only the latest call: earlier ones that are still under way are aborted, and what they would have shown never shows.
 *
 * One call is under way at a time. While it is, only the newest of the others is remembered.
 */
export function latest(work) {
  let active = null;
  let next = null;
  const begin = async (value) => {
    active = new AbortController();
    const { signal } = active;
    try {
      await work(value, signal);
    } catch (error) {
      if (error.name !== "AbortError") console.error(error);
    } finally {
      active = null;
      if (next) {
        const { value } = next;
        next = null;
        begin(value);
      }
    }
  };
  return (value) => {
    if (!active) return void begin(value);
    next = { value };
    active.abort();
  };
}
