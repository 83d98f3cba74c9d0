import { queryOptions } from "@tanstack/react-query";
import { api, ok } from "./client";
import { Problem } from "./problem";
import type { components } from "./schema.gen";

export type Passkey = components["schemas"]["Passkey"];
export type PasskeyAnswer = components["schemas"]["PasskeyAnswer"];

export const passkeys = queryOptions({
  queryKey: ["security", "passkeys"],
  queryFn: ({ signal }) => ok(api.GET("/api/v1/auth/passkeys", { signal })),
});

/** Whether this browser can make and show passkeys at all (WebAuthn level 3, over https or on this machine). */
export function passkeysWork(): boolean {
  return "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Asks the browser for a new passkey and gives it to the server. */
export async function addPasskey(name: string) {
  const { ceremony, options } = await ok(api.POST("/api/v1/auth/passkeys/options"));
  const wanted = options as PublicKeyCredentialCreationOptionsJSON;
  const credential = await answerOf(wanted.rp.id, () =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) }),
  );
  return ok(api.POST("/api/v1/auth/passkeys", { body: { ceremony, credential, name } }));
}

/** Asks the browser to show a passkey: it signs in alone, or stands where a code is taken. */
export async function provePasskey(): Promise<PasskeyAnswer> {
  const { ceremony, options } = await ok(api.POST("/api/v1/auth/login/passkey/options"));
  const wanted = options as PublicKeyCredentialRequestOptionsJSON;
  const credential = await answerOf(wanted.rpId, () =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wanted) }),
  );
  return { ceremony, credential };
}

export const signInWithPasskey = async () => ok(api.POST("/api/v1/auth/login/passkey", { body: await provePasskey() }));
export const renamePasskey = (id: string, name: string) =>
  ok(api.PATCH("/api/v1/auth/passkeys/{id}", { params: { path: { id } }, body: { name } }));
export const removePasskey = (id: string) => ok(api.DELETE("/api/v1/auth/passkeys/{id}", { params: { path: { id } } }));

/** The page as the server wants it to be reached, when this is another address. */
function elsewhere(host: string | undefined): string | undefined {
  const { protocol, hostname, port } = window.location;
  if (!host || hostname === host || hostname.endsWith(`.${host}`)) return undefined;
  return `${protocol}//${host}${port && `:${port}`}`;
}

async function answerOf(
  host: string | undefined,
  ask: () => Promise<Credential | null>,
): Promise<PasskeyAnswer["credential"]> {
  const other = elsewhere(host);
  if (other) throw new Problem(0, `Passkeys belong to ${other}: open the program there.`);
  try {
    const credential = await ask();
    if (credential instanceof PublicKeyCredential) return { ...credential.toJSON() };
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError")
      throw new Problem(0, "This device holds a passkey of yours already.");
    // Browsers do not say which of the two it was (WebAuthn 14.5.2).
    if (!(error instanceof DOMException)) throw error;
  }
  throw new Problem(0, "No passkey was given: it was cancelled, took too long, or there is none on this device.");
}
