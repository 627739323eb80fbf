// Looks all names up as the loopback here, as wildcard DNS would have a key before a host.
import dns from "node:dns";

dns.lookup = (name, options, done) => {
  const asked = typeof options === "function" ? {} : options;
  const answer = asked.all ? [[{ address: "127.0.0.1", family: 4 }]] : ["127.0.0.1", 4];
  process.nextTick(done ?? options, null, ...answer);
};
