// Drives npm's `akismet` as its users do, with `host` and `port` changed. The key is the host's first label, so all names
// are looked up as the loopback here, as wildcard DNS would have it.
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

import akismet from "akismet";

import "../loopback.mjs";

const BLOG = "https://herald.example";
const SPAM = "Cheap viagra online, best casino bonus! http://cheap-pills.example http://casino-bonus.example";
const DETAILS = {
  user_ip: "203.0.113.9",
  referrer: "https://herald.example/",
  permalink: "https://herald.example/a-1",
  comment_type: "comment",
  comment_author: "Ada",
  comment_author_email: "ada@example.org",
  comment_author_url: "https://ada.example",
  is_test: 1,
};

const { base, keys } = JSON.parse(await text(process.stdin));
const port = Number(new URL(base).port);

function clientOf(apiKey, more = {}) {
  const client = akismet.client({ apiKey, blog: BLOG, host: "winnow.example", port, userAgent: "Herald/1.0", ...more });
  const calls = ["verifyKey", "checkComment", "checkSpam", "submitSpam", "submitHam"];
  return Object.fromEntries(calls.map((name) => [name, promisify(client[name].bind(client))]));
}

const client = clientOf(keys.submit);
const stranger = clientOf("0123456789ab");
const plain = clientOf(keys.submit, { endPoint: "winnow.example" });

const steps = {
  verified: () => client.verifyKey(),
  ham: () => client.checkComment({ ...DETAILS, comment_content: "Great <b>read</b>, thanks – café!" }),
  spam: () => client.checkSpam({ ...DETAILS, comment_content: SPAM }),
  "by name": () => client.checkSpam({ ...DETAILS, comment_content: "Hello", comment_author: "viagra-test-123" }),
  administrator: () => client.checkSpam({ ...DETAILS, comment_content: SPAM, user_role: "administrator" }),
  "key in the form": () => plain.checkSpam({ ...DETAILS, comment_content: SPAM, api_key: keys.submit }),
  "spam kept": () => client.submitSpam({ ...DETAILS, is_test: 0, comment_content: SPAM }),
  "ham kept": () => client.submitHam({ ...DETAILS, is_test: 0, comment_content: "Great read" }),
  stranger: () => stranger.verifyKey(),
  "stranger's check": () => stranger.checkSpam({ ...DETAILS, comment_content: SPAM }),
};

const came = {};
for (const [name, step] of Object.entries(steps)) {
  came[name] = await step().then(
    (answer) => answer ?? null,
    (error) => ({ error: error.message }),
  );
}
process.stdout.write(JSON.stringify(came));
