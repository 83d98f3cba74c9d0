export interface Facts {
  hasAddress: boolean;
  mailboxes: number;
  leads: number;
  campaigns: readonly { status: string }[];
  replies: number;
  /** People with a demo in the calendar, or past it. */
  booked: number;
}

export interface Step {
  key: "leads" | "address" | "mailbox" | "campaign" | "reply" | "demo";
  title: string;
  why: string;
  done: boolean;
}

/** What stands between an empty workspace and its first demo, in a sensible order. */
export function stepsOf({ hasAddress, mailboxes, leads, campaigns, replies, booked }: Facts): Step[] {
  return [
    {
      key: "leads",
      title: "Add people",
      why: "A campaign needs somebody to write to. Import a file, or begin with invented people.",
      done: leads > 0,
    },
    {
      key: "address",
      title: "Enter your postal address",
      why: "The law wants it under every commercial mail.",
      done: hasAddress,
    },
    {
      key: "mailbox",
      title: "Connect a mailbox",
      why: "Mails leave from your own address. The practice mailbox sends to simulated people only: nothing leaves this machine.",
      done: mailboxes > 0,
    },
    {
      key: "campaign",
      title: "Launch a campaign",
      why: "It writes, follows up, and stops when somebody answers. You see who is left out, and why, before anything is sent.",
      done: campaigns.some(({ status }) => status !== "draft"),
    },
    {
      key: "reply",
      title: "Read the first answer",
      why: "Answers are sorted by what people want, with the reason. From the practice mailbox they come within a minute or two.",
      done: replies > 0,
    },
    {
      key: "demo",
      title: "Book the first demo",
      why: "Agree on a time with somebody who is interested, then say so under their reply: all that is planned for them ends.",
      done: booked > 0,
    },
  ];
}
