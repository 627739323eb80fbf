// npm's perspective-api-client. Its address is a constant: an interceptor of the axios that it uses puts ours in its place.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const axios = require("axios");
const Perspective = require("perspective-api-client");

const { base, keys } = JSON.parse(readFileSync(0, "utf8"));
const INSULT = "You stupid, worthless idiot.";

axios.interceptors.request.use((config) => ({
  ...config,
  proxy: false,
  url: config.url.replace("https://commentanalyzer.googleapis.com", base),
}));

const client = (apiKey) => new Perspective({ apiKey });

async function of(call) {
  try {
    return await call();
  } catch (error) {
    return {
      name: error.name,
      message: error.message,
      status: error.response?.status ?? null,
      body: error.response?.data ?? null,
    };
  }
}

const submit = client(keys.submit);
const answers = {
  analyze: await of(() => submit.analyze(INSULT)),
  attributes: await of(() => submit.analyze(INSULT, { attributes: ["toxicity", "insult", "threat"] })),
  markup: await of(() => submit.analyze("<b>Thanks</b> for the <a href='/a'>article</a>!")),
  object: await of(() =>
    submit.analyze({
      comment: { text: "Thanks! \u{1F600} You stupid idiot." },
      requestedAttributes: { TOXICITY: { scoreThreshold: 0 } },
      languages: ["en"],
      spanAnnotations: true,
      clientToken: "token-1",
    }),
  ),
  below: await of(() => submit.analyze("Thanks!", { attributes: { TOXICITY: { scoreThreshold: 1 } } })),
  truncated: await of(() => submit.analyze("x".repeat(20_481), { truncate: true })),
  kept: await of(() => submit.analyze("Thanks!", { doNotStore: false })),
  empty: await of(() => submit.analyze("", { validate: false })),
  refused_by_the_client: await of(() => submit.analyze("x".repeat(20_481))),
  too_long: await of(() => submit.analyze("x".repeat(20_481), { validate: false })),
  without_a_model: await of(() => submit.analyze("Thanks!", { attributes: ["FLIRTATION"] })),
  bad_key: await of(() => client("no-key-of-ours").analyze("Thanks!")),
};
console.log(JSON.stringify(answers));
