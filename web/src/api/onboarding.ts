import { api, ok } from "./client";

/** Invented people, to try things with. */
export const addSample = () => ok(api.POST("/api/v1/sample-data"));
export const removeSample = () => ok(api.DELETE("/api/v1/sample-data"));

/** A mailbox whose mail simulated people take and answer; nothing leaves the machine. */
export const createSandboxMailbox = () => ok(api.POST("/api/v1/mailboxes/sandbox"));

/** How the sample list is known; see internal/lead/sample. */
export const SAMPLE = { source: ["sample"], tags: ["sample"] };
/** The mail server's name of mailboxes for practice. */
export const SANDBOX_HOST = "sandbox.invalid";
