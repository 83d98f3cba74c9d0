export interface SetupFacts {
  hasAddress: boolean;
  mailboxes: number;
  leads: number;
  campaigns: { status: string }[];
}

export interface SetupStep {
  key: "address" | "mailbox" | "leads" | "campaign";
  title: string;
  why: string;
  done: boolean;
}

/** What stands between a new workspace and its first mail, in a sensible order. */
export function setupSteps({ hasAddress, mailboxes, leads, campaigns }: SetupFacts): SetupStep[] {
  return [
    { key: "leads", title: "Import your leads", why: "A campaign needs people to write to.", done: leads > 0 },
    {
      key: "address",
      title: "Enter your postal address",
      why: "The law wants it under every commercial mail.",
      done: hasAddress,
    },
    { key: "mailbox", title: "Connect a mailbox", why: "Mails leave from your own address.", done: mailboxes > 0 },
    {
      key: "campaign",
      title: "Launch a campaign",
      why: "It writes, follows up, and stops when somebody answers.",
      done: campaigns.some(({ status }) => status !== "draft"),
    },
  ];
}
