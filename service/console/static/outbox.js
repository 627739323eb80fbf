"use strict";
// What a moderator did and the server does not have yet: kept in the browser until it is acknowledged, sent in order,
// tried again after a broken connection. Each entry names its own effect, so that sending it twice does it once: two
// tabs may both send what one of them left behind. Each is kept under a key of its own, so no tab overwrites another's.
// Ids and decisions are kept, and a note's text: nothing that a reader wrote.

class Outbox {
  // `token` is the page's CSRF token; `heard` is told of each end: (entry, made, said); `changed` of each change.
  constructor({ name, token, heard, changed }) {
    Object.assign(this, { name, token, heard, changed });
    this.entries = this.#kept();
    this.unstored = new Set();
    this.sending = null;
    this.wait = 0;
    this.stuck = "";
    this.timer = 0;
    window.addEventListener("online", () => this.flush());
  }

  static op() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // `fields` are pairs of a form's names and values.
  add(entry) {
    const made = { op: Outbox.op(), at: Date.now(), ...entry };
    this.entries.push(made);
    try {
      localStorage.setItem(this.#key(made), JSON.stringify(made));
    } catch {
      this.unstored.add(made.op); // without room or leave to store, it lasts as long as the page
    }
    this.flush();
    this.changed();
    return made.op;
  }

  // Takes an entry out that was not sent yet; false where it is too late for that.
  drop(op) {
    const at = this.entries.findIndex((entry) => entry.op === op);
    if (at < 0 || (this.sending && at === 0)) return false;
    this.#forget(this.entries.splice(at, 1)[0]);
    return true;
  }

  ids() {
    return this.entries.map((entry) => entry.id);
  }

  async flush() {
    if (this.sending || !this.entries.length) return;
    clearTimeout(this.timer);
    this.sending = this.#send(this.entries[0]);
    const end = await this.sending;
    this.sending = null;
    if (end === "later") {
      this.wait = Math.min(this.wait ? this.wait * 2 : 1000, 30000);
      this.timer = setTimeout(() => this.flush(), this.wait);
      this.changed();
      return;
    }
    if (end === "stuck") {
      this.changed();
      return;
    }
    const entry = this.entries.shift();
    this.wait = 0;
    this.stuck = "";
    this.#forget(entry);
    if (end !== "dropped") this.heard(entry, end.made, end.said);
    this.flush();
  }

  async #send(entry) {
    const kept = this.unstored.has(entry.op) || localStorage.getItem(this.#key(entry));
    if (!kept) return "dropped"; // another tab sent it, or took it back
    const body = new URLSearchParams([...entry.fields, ["op", entry.op], ["csrf", this.token]]);
    try {
      const answer = await fetch(entry.url, {
        method: "POST",
        body,
        headers: { Accept: "application/json" },
        redirect: "error",
        signal: AbortSignal.timeout(15000),
      });
      if (answer.status >= 500 || answer.status === 429) return "later";
      const said = await answer.json();
      if (answer.status === 401 || said.type === "urn:winnow:problem:stale-page") {
        this.stuck = said.detail;
        return "stuck";
      }
      return { made: answer.ok && said.made !== false, said: said.said || said.detail || "" };
    } catch {
      return "later";
    }
  }

  #key(entry) {
    return `${this.name}:${entry.op}`;
  }

  #kept() {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(`${this.name}:`));
      return keys.map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => one.at - other.at);
    } catch {
      return [];
    }
  }

  #forget(entry) {
    if (!this.unstored.delete(entry.op)) localStorage.removeItem(this.#key(entry));
    this.changed();
  }
}
