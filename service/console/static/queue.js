"use strict";
// The queue by keyboard: the next comment is here before this one is decided, and what was decided is in the outbox
// before the page goes on. Without this script the same forms work, a page each.

const root = document.getElementById("queue");
const cards = document.getElementById("cards");
const data = root.dataset;
const filters = [...new URLSearchParams(location.search)].filter(([name]) => name !== "last");
const byId = (id) => document.getElementById(id);

const SETTLES = 300; // ms that a comment is in view before it can be decided: a key pressed twice decides one
const FEW = 4; // comments left at which more are fetched
const REMEMBERED = 50; // decisions that can be taken back here

const decided = [];
let now = null;
let since = 0;
let active = Date.now();
let chain = Promise.resolve();

const care = new Wellbeing({ severeInARow: data.severe, breakAfter: data.breakAfter, breakMinutes: data.break });
const outbox = new Outbox({
  name: `winnow-outbox ${data.site} ${data.name}`,
  token: document.body.dataset.csrf,
  heard,
  changed: showOutbox,
});

// ---- what is said

function say(text) {
  byId("said").textContent = text;
}

function showOutbox() {
  const n = outbox.entries.length;
  const slow = n > 0 && (outbox.wait > 0 || outbox.stuck || !navigator.onLine);
  byId("outbox").hidden = !slow;
  const kept = `${n} ${n === 1 ? "action waits" : "actions wait"} here and will not be lost.`;
  const text = !slow ? "" : outbox.stuck ? `${outbox.stuck} ${kept}` : `No connection: ${kept} Trying again by itself.`;
  if (byId("outbox-said").textContent !== text) byId("outbox-said").textContent = text;
}

function heard(entry, made, said) {
  if (made) {
    if (entry.kind === "note") say(said);
    if (entry.kind === "undo") more();
    return;
  }
  const at = decided.findIndex((one) => one.op === entry.op);
  const card = at >= 0 ? decided.splice(at, 1)[0].card : find(entry.id);
  if (entry.kind === "undo") remove(card);
  const line = document.createElement("li");
  const link = document.createElement("a");
  link.href = entry.page;
  link.textContent = card ? card.querySelector(".by").textContent.trim().replace(/\s+/g, " ") : "A comment from before";
  line.append(link, `: ${said}`);
  byId("came-back").querySelector("ul").append(line);
  byId("came-back").hidden = false;
  say(said);
  more();
}

// ---- which comment is in view

const pile = () => [...cards.querySelectorAll(":scope > .card")];
const find = (id) => pile().find((card) => card.dataset.id === id);

function show(card, { focus = true } = {}) {
  now?.classList.remove("now");
  now = card || null;
  byId("pause").hidden = true;
  byId("nothing").hidden = Boolean(now);
  if (!now) {
    if (focus) byId("nothing-heading").focus();
    return;
  }
  now.classList.add("now");
  since = performance.now();
  window.scrollTo(0, 0);
  if (focus) now.querySelector(".by").focus({ preventScroll: true });
}

function next() {
  const left = pile();
  if (care.breakDue()) return pause("break");
  if (left[0] && "severe" in left[0].dataset && care.enough()) {
    const milder = left.find((card) => !("severe" in card.dataset));
    if (!milder) return pause("severe");
    cards.prepend(milder);
  }
  show(pile()[0]);
  if (left.length <= FEW) more();
}

function remove(card) {
  if (!card) return;
  const was = card === now;
  card.remove();
  if (was) {
    now = null;
    next();
  }
}

function pause(why) {
  show(null, { focus: false });
  byId("nothing").hidden = true;
  const words = {
    severe: ["A moment, if you like", "Several severe comments came one after the other, and only such are left just now. They can wait."],
    break: ["Time for a break", `You have been here for a while. ${data.break} minutes away do good; what you hold goes to others meanwhile.`],
  }[why];
  byId("pause-heading").textContent = words[0];
  byId("pause-words").textContent = words[1];
  byId("pause-end").textContent = why === "break" ? "Not now" : "Go on";
  byId("pause-leave").hidden = false;
  byId("pause").dataset.why = why;
  byId("pause").hidden = false;
  byId("pause-heading").focus();
}

byId("pause-end").addEventListener("click", () => {
  ({ break: () => care.later(), severe: () => care.wentOn(), left: () => care.rested() })[byId("pause").dataset.why]();
  active = Date.now();
  next();
});

byId("pause-leave").addEventListener("click", async () => {
  await ask(data.leave, []);
  pile().forEach((card) => card.remove());
  byId("pause-heading").textContent = "See you later";
  byId("pause-words").textContent = "Nothing is held for you. Load the page when you are back.";
  byId("pause-end").textContent = "I am back";
  byId("pause-leave").hidden = true;
  byId("pause").dataset.why = "left";
  active = 0;
});

// ---- what a moderator does

function settled() {
  return now && !document.querySelector("dialog[open]") && performance.now() - since >= SETTLES;
}

function act(kind, url, fields, card = now) {
  const page = card.querySelector("a.whole").href;
  return outbox.add({ kind, url, id: card.dataset.id, page, fields: [["id", card.dataset.id], ...filters, ...fields] });
}

function decide(action, labels) {
  if (!settled()) return;
  const card = now;
  const ticked = labels || [...card.querySelectorAll("[name=labels]:checked")].map((box) => box.value);
  const fields = [["action", action], ["revision", card.dataset.revision]];
  if (action === "reject") fields.push(...ticked.map((label) => ["labels", label]));
  const op = act(action, data.decide, fields);
  decided.push({ op, card, skipped: action === "skip" });
  decided.splice(0, decided.length - REMEMBERED);
  care.active();
  if (action !== "skip") care.saw("severe" in card.dataset);
  const words = { approve: "Approved.", reject: "Rejected.", escalate: "Escalated to an admin.", skip: "Skipped: it is left for others." };
  say(words[action]);
  remove(card);
}

function undo() {
  const last = decided.pop();
  if (!last) return say("There is nothing here to take back.");
  if (!outbox.drop(last.op)) act("undo", data.undo, last.skipped ? [["skipped", "1"]] : [], last.card);
  cards.prepend(last.card);
  show(last.card);
  say("Taken back.");
}

function writeNote() {
  if (!now) return;
  byId("note-text").value = "";
  byId("note").showModal();
  byId("note-text").focus();
}

byId("note-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) byId("note-form").requestSubmit(byId("note-form").elements[1]);
});

byId("note").addEventListener("close", () => {
  const text = byId("note-text").value.trim();
  if (byId("note").returnValue === "save" && text && now) {
    act("note", data.note, [["text", text]]);
    say("Noted.");
  }
  byId("note").returnValue = "";
  now?.querySelector(".by").focus({ preventScroll: true });
});

function look(step) {
  const left = pile();
  if (!left.length) return;
  say("");
  show(left[(left.indexOf(now) + step + left.length) % left.length]);
}

const LABELS = data.labels.split(" ");

const KEYS = {
  a: () => decide("approve"),
  r: () => decide("reject"),
  e: () => decide("escalate"),
  s: () => decide("skip"),
  u: undo,
  n: writeNote,
  v: () => now?.querySelector(".words details.severe")?.toggleAttribute("open"),
  j: () => look(1),
  k: () => look(-1),
  o: () => now && window.open(now.querySelector("a.whole").href, "_blank", "noopener"),
  "?": () => byId("keys").showModal(),
};

document.addEventListener("keydown", (event) => {
  active = Date.now();
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog, [contenteditable]")) return;
  if (!byId("keys-on").checked && event.key !== "?") return;
  const label = /^[0-9]$/.test(event.key) ? LABELS[(Number(event.key) + 9) % 10] : null;
  if (label) decide("reject", [label]);
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

document.addEventListener("pointerdown", () => {
  active = Date.now();
});

cards.addEventListener("submit", (event) => {
  if (!event.target.matches(".decide")) return;
  event.preventDefault();
  decide(event.submitter?.value || "approve");
});

cards.addEventListener("click", (event) => {
  if (event.target.closest(".undo-key")) undo();
  else if (event.target.closest(".note-key")) writeNote();
});

// ---- what the server is asked for, one request after the other

function ask(url, fields) {
  const body = new URLSearchParams([...filters, ...fields, ["csrf", document.body.dataset.csrf]]);
  const asked = () => fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(15000) })
    .then((answer) => (answer.ok ? answer.json() : null))
    .catch(() => null);
  chain = chain.then(asked, asked);
  return chain;
}

const have = () => [...pile().map((card) => card.dataset.id), ...outbox.ids()].map((id) => ["have", id]);
let fetching = false;

async function more() {
  if (fetching) return;
  fetching = true;
  const answer = await ask(data.more, have());
  fetching = false;
  if (!answer) return;
  const part = document.createRange().createContextualFragment(answer.cards);
  const sent = new Set(outbox.ids());
  for (const card of part.querySelectorAll(".card")) {
    if (find(card.dataset.id) || sent.has(card.dataset.id)) continue;
    cards.append(card);
    equip(card);
    htmx.process(card);
  }
  held(answer.held);
  byId("again").hidden = !answer.left;
  if (!now && byId("pause").hidden && pile().length) next();
}

function held(ids) {
  for (const card of pile()) {
    if (ids.includes(card.dataset.id) || outbox.ids().includes(card.dataset.id)) continue;
    if (card === now) say("Your hold on that comment ran out, and somebody else has it. Here is the next one.");
    remove(card);
  }
}

// Renews the leases while somebody is there; what is left alone goes back to the queue.
setInterval(async () => {
  if (document.hidden || Date.now() - active > data.lease * 1000) return;
  if (!pile().length) return more();
  const answer = await ask(data.hold, []);
  if (answer) held(answer.held);
}, data.lease * 250);

setInterval(() => {
  if (!document.hidden && !pile().length && byId("pause").hidden && Date.now() - active < 4 * data.lease * 1000) more();
}, 5000);

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  active = Date.now();
  more();
});

// ---- the beginning

function equip(card) {
  for (const button of card.querySelectorAll(".undo-key, .note-key")) button.hidden = false;
}

function remembered(box, name) {
  box.checked = localStorage.getItem(name) !== "off";
  box.addEventListener("change", () => localStorage.setItem(name, box.checked ? "on" : "off"));
}

document.documentElement.classList.add("scripted");
byId("keys-open").hidden = false;
byId("keys-open").addEventListener("click", () => byId("keys").showModal());
byId("outbox-now").addEventListener("click", () => (outbox.stuck ? location.reload() : outbox.flush()));
byId("came-back-done").addEventListener("click", () => {
  byId("came-back").hidden = true;
  byId("came-back").querySelector("ul").replaceChildren();
});
remembered(byId("keys-on"), "winnow:keys");
for (const id of outbox.ids()) find(id)?.remove();
pile().forEach(equip);
showOutbox();
outbox.flush();
if (pile().length) show(pile()[0], { focus: false });
