// Drives npm's `openai` as its users do, with `baseURL` changed and nothing else.
import OpenAI from "openai";

const TEXTS = ["What a fine day", "You stupid, worthless idiot."];
const PARTS = TEXTS.map((text) => ({ type: "text", text }));
const IMAGE = { type: "image_url", image_url: { url: "https://news.example/a.png" } };

// What users read of an answer.
function seen(answer) {
  const [first] = answer.results;
  return {
    id: answer.id,
    model: answer.model,
    request_id: answer._request_id,
    flagged: answer.results.map((one) => one.flagged),
    categories: answer.results.map((one) => Object.keys(one.categories).filter((name) => one.categories[name])),
    names: Object.keys(first.categories).length,
    scores: answer.results.map((one) => one.category_scores),
    types: first.category_applied_input_types,
  };
}

// What the client throws, as users catch it.
async function failed(call) {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    return {
      error: error.constructor.name,
      status: error.status,
      type: error.type ?? null,
      param: error.param ?? null,
      code: error.code ?? null,
      request_id: error.requestID,
      should_retry: error.headers.get("x-should-retry"),
      retry_after_ms: error.headers.get("retry-after-ms"),
    };
  }
  return { error: null };
}

// Every call, good and bad.
async function steps(baseURL, keys) {
  const client = new OpenAI({ baseURL, apiKey: keys.submit });
  const stranger = new OpenAI({ baseURL, apiKey: "sk-not-a-key" });
  const create = (input, more = {}) => client.moderations.create({ input, ...more });
  const { response } = await create("Thanks").withResponse();
  return {
    string: seen(await create(TEXTS[1])),
    array: seen(await create(TEXTS, { model: "omni-moderation-latest" })),
    parts: seen(await create(PARTS, { model: "omni-moderation-2024-09-26" })),
    "old model": seen(await create(TEXTS[0], { model: "text-moderation-stable" })),
    empty: seen(await create("")),
    raw: {
      request_id: response.headers.get("x-request-id"),
      limit: response.headers.get("x-ratelimit-limit-requests"),
      remaining: response.headers.get("x-ratelimit-remaining-requests"),
      reset: response.headers.get("x-ratelimit-reset-requests"),
    },
    image: await failed(() => create([...PARTS, IMAGE])),
    "bad key": await failed(() => stranger.moderations.create({ input: "Thanks" })),
    "empty array": await failed(() => create([])),
    "no text": await failed(() => create(5)),
    "too long": await failed(() => create(Array(1001).fill("Thanks"))),
    "another endpoint": await failed(() => client.models.retrieve("omni-moderation-latest")),
  };
}

// Asks without patience until it is over its limit.
async function limited(baseURL, keys) {
  const client = new OpenAI({ baseURL, apiKey: keys.submit, maxRetries: 0 });
  const found = [];
  for (let n = 0; n < 6; n += 1) found.push(await failed(() => client.moderations.create({ input: "Thanks" })));
  return found;
}

// Asks once, as a client that repeats by itself, and counts how often it sent.
async function patient(baseURL, keys) {
  let sent = 0;
  const counted = (...request) => {
    sent += 1;
    return fetch(...request);
  };
  const client = new OpenAI({ baseURL, apiKey: keys.submit, maxRetries: 30, fetch: counted });
  const answer = await client.moderations.create({ input: TEXTS[1] });
  return { retries: sent - 1, ...seen(answer) };
}

let text = "";
for await (const piece of process.stdin) text += piece;
const told = JSON.parse(text);
const tasks = { steps, limited, patient };
console.log(JSON.stringify(await tasks[told.task ?? "steps"](`${told.base}/v1`, told.keys)));
