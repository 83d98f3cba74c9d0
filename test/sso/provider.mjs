// A real OpenID Connect provider (oidc-provider, certified by the OpenID
// Foundation) for tests: one client, whose redirect address is the first
// argument. Prints its issuer on stdout once it listens, and ends when stdin
// does.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [redirect, clientId, clientSecret] = process.argv.slice(2);
const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirect] }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  // Whoever types a name at the provider is that person.
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@acme.example`,
      email_verified: !id.startsWith("unverified"),
      name: `Person ${id}`,
    }),
  }),
});
server.on("request", provider.callback());
console.log(issuer);
process.stdin.on("end", () => process.exit(0)).resume();
