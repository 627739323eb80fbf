// Drives npm's `akismet-api` as its users do, with `host` and `protocol` changed. The key is the host's first label, so
// all names are looked up as the loopback here, as wildcard DNS would have it.
import { text } from "node:stream/consumers";

import akismet from "akismet-api";

import "../loopback.mjs";

const BLOG = "https://herald.example";
const SPAM = "Cheap viagra online, best casino bonus! http://cheap-pills.example http://casino-bonus.example";
const DETAILS = {
  ip: "203.0.113.9",
  useragent: "Mozilla/5.0",
  referrer: "https://herald.example/",
  name: "Ada",
  email: "ada@example.org",
  url: "https://ada.example",
  date: "2026-11-24T04:00:00Z",
  permalink: "https://herald.example/a-1",
  permalinkDate: "2026-11-24T00:00:00Z",
  type: "comment",
  isTest: true,
};

const { base, keys } = JSON.parse(await text(process.stdin));
const { port } = new URL(base);

function clientOf(key) {
  const more = { lang: "en", charset: "UTF-8", userAgent: "Herald/1.0 | Akismet-api/6.0.0" };
  return new akismet.AkismetClient({ key, blog: BLOG, host: `winnow.example:${port}`, protocol: "http", ...more });
}

async function said(answer) {
  try {
    const what = await answer;
    return typeof what === "object" ? { status: what.status, text: what.text, type: what.type } : what;
  } catch (error) {
    return { error: error.message };
  }
}

const client = clientOf(keys.submit);
const stranger = clientOf("0123456789ab");
const forgetful = new akismet.AkismetClient({ key: keys.submit, host: `winnow.example:${port}`, protocol: "http" });

const steps = {
  verified: () => client.verifyKey(),
  ham: () => client.checkSpam({ ...DETAILS, content: "Great <b>read</b>, thanks – café!" }),
  spam: () => client.checkSpam({ ...DETAILS, content: SPAM }),
  bare: () => client.checkSpam({ ip: "203.0.113.9", content: "Thanks", is_test: 1 }),
  "by name": () => client.checkSpam({ ...DETAILS, content: "Hello", name: "viagra-test-123" }),
  "by email": () => client.checkSpam({ ...DETAILS, content: "Hello", email: "akismet-guaranteed-spam@example.com" }),
  administrator: () => client.checkSpam({ ...DETAILS, content: SPAM, role: "administrator" }),
  honeypot: () => client.checkSpam({ ...DETAILS, content: "Hello", honeypot: "filled" }),
  "own honeypot": () => client.checkSpam({ ...DETAILS, content: "Hello", honeypot_field_name: "trap", trap: "filled" }),
  "empty honeypot": () => client.checkSpam({ ...DETAILS, content: "Hello", honeypot_field_name: "trap", trap: "" }),
  "no address": () => client.checkSpam({ content: "Hello" }),
  "no blog": () => forgetful.checkSpam({ ...DETAILS, content: "Hello" }),
  "no blog to verify": () => forgetful.verifyKey(),
  "spam kept": () => client.submitSpam({ ...DETAILS, isTest: undefined, content: SPAM }),
  "ham kept": () => client.submitHam({ ...DETAILS, isTest: undefined, content: "Great read" }),
  "spam test": () => client.submitSpam({ ...DETAILS, content: "Hello" }),
  stranger: () => stranger.verifyKey(),
  "stranger's check": () => stranger.checkSpam({ ...DETAILS, content: "Hello" }),
  "stranger's spam": () => stranger.submitSpam({ ...DETAILS, content: "Hello" }),
};

const came = {};
for (const [name, step] of Object.entries(steps)) came[name] = await said(step());
process.stdout.write(JSON.stringify(came));
