"use strict";
// What a moderator did and the server does not have yet: kept in the browser until it is acknowledged, sent in order,
// tried again after a broken connection. Each entry names its own effect, so that sending it twice does it once.

class Outbox {
  // `token` is the page's CSRF token; `heard` is told of each end: (entry, made, said); `changed` of each change.
  constructor({ name, token, heard, changed }) {
    Object.assign(this, { name, token, heard, changed });
    this.entries = this.#kept();
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
    this.entries.push({ op: Outbox.op(), ...entry });
    this.#keep();
    this.flush();
    return this.entries.at(-1).op;
  }

  // Takes an entry out that was not sent yet; false where it is too late for that.
  drop(op) {
    const at = this.entries.findIndex((entry) => entry.op === op);
    if (at < 0 || (this.sending && at === 0)) return false;
    this.entries.splice(at, 1);
    this.#keep();
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
    this.#keep();
    this.heard(entry, end.made, end.said);
    this.flush();
  }

  async #send(entry) {
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

  #kept() {
    try {
      return JSON.parse(localStorage.getItem(this.name)) || [];
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      localStorage.setItem(this.name, JSON.stringify(this.entries));
    } catch {
      // Without room or leave to store, the entries last as long as the page.
    }
    this.changed();
  }
}
