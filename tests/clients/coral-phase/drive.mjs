// Stands for Coral, whose server is no package: signs with Node's crypto, asks within Coral's default time, and checks
// answers with Joi, as Coral does (external.ts, fetch.ts, signingSecret/helpers.ts in coralproject/talk).
import crypto from "node:crypto";
import Joi from "joi";

const TIMEOUT = 200; // ms; what Coral's form for a phase has filled in
const TRIES = 5; // Coral has one; a machine that is busy with tests gets more

const told = JSON.parse(await new Response(process.stdin).text());

const STATUSES = ["NONE", "APPROVED", "REJECTED", "PREMOD", "SYSTEM_WITHHELD"];
const CODES = [
  ...["OFFENSIVE", "ABUSIVE", "SPAM", "BANNED_WORD", "AD", "ILLEGAL_CONTENT", "HARASSMENT_BULLYING"],
  ...["MISINFORMATION", "HATE_SPEECH", "IRRELEVANT_CONTENT", "OTHER"],
];
const oneOf = (...words) => Joi.string().only().allow(...words);

const ANSWER = Joi.object({
  status: oneOf(...STATUSES),
  actions: Joi.array().items(
    Joi.object({
      actionType: oneOf("FLAG").required(),
      reason: oneOf("COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM").required(),
    })
  ),
  tags: Joi.array().items(oneOf("FEATURED", "STAFF").required()),
  moderationAction: Joi.object({
    status: oneOf(...STATUSES).required(),
    rejectionReason: Joi.object({
      code: oneOf(...CODES).required(),
      legalGrounds: Joi.string(),
      detailedExplanation: Joi.string(),
      customReason: Joi.string(),
    }),
  }),
});

const request = (body, action = "NEW", role = "COMMENTER") => ({
  action,
  comment: { body, parentID: null },
  author: { id: crypto.randomUUID(), role },
  story: { id: "a-88", url: "https://news.example/a-88" },
  site: { id: crypto.randomUUID() },
  tenantID: crypto.randomUUID(),
  tenantDomain: "comments.news.example",
});

const signed = (body, secrets) =>
  secrets.map((secret) => "sha256=" + crypto.createHmac("sha256", secret).update(body).digest("hex")).join(",");

// An answer in time, or the last of the tries' errors.
async function fetched(url, options) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT) });
    } catch (error) {
      if (error.name !== "TimeoutError" || left === 1) throw error;
    }
  }
}

// What Coral makes of the phase: the answer that it goes on with, or why it goes on without one.
async function phase(data, secrets = told.coral.secrets, tamper = (body) => body) {
  const body = JSON.stringify(data, null, 2);
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": "Coral Moderation/9.11.8",
    "X-Coral-Signature": signed(body, secrets),
  };
  const url = `${told.base}/coral/${told.coral.site}/moderate`;
  const answer = await fetched(url, { method: "POST", headers, body: tamper(body), redirect: "manual" });
  const text = await answer.text();
  if (!answer.ok) return { skipped: answer.status, type: answer.headers.get("content-type") };
  if (answer.status === 204 || text === "" || text === "{}") return { opinion: null };
  const whole = JSON.parse(text);
  const { value, error } = ANSWER.validate(whole, { stripUnknown: true, presence: "optional", abortEarly: false });
  if (error) return { invalid: error.message };
  return { opinion: value, stripped: JSON.stringify(value) !== text };
}

const BAD = "<p>You stupid, <b>worthless</b> idiot.</p>";
const steps = {
  good: () => phase(request("<p>Great read, thanks!</p>")),
  bad: () => phase(request(BAD)),
  rejected: () => phase(request(`<p>Nothing but ${told.coral?.blocked}</p>`)),
  edited: () => phase(request(BAD, "EDIT")),
  by_staff: () => phase(request(BAD, "NEW", "STAFF")),
  unicode: () => phase(request("<p>Grüße, “schön” 🌾\u2028</p>")),
  half_a_character: () => phase(request("You stupid, worthless idiot.\ud83c")),
  rotated: () => phase(request(BAD), ["stale-".repeat(8), ...told.coral.secrets]),
  stale: () => phase(request(BAD), ["stale-".repeat(8)]),
  tampered: () => phase(request(BAD), told.coral.secrets, (body) => body.replace("worthless", "wonderful")),
};

// Signatures are made with a secret of the run, so nothing is recorded: without one there is nothing to ask.
const came = {};
for (const [name, step] of told.coral ? Object.entries(steps) : []) came[name] = await step();
console.log(JSON.stringify(came));
