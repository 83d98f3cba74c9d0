package llm

// sequenceCopy returns the mails of a sequence, by purpose. Written by hand for
// small and mid-size companies: short, plain, one question, no hype, no number
// that is not a fact, no shared past that is not one. [offer] and [proof] stand
// after a colon, so that a phrase and a sentence both read well there. Never a
// subject that feigns a thread ("Re:"): 15 U.S.C. 7704(a)(2) forbids misleading
// subject lines.
func sequenceCopy() map[purpose][]variant {
	return map[purpose][]variant{
		intro:      introCopy(),
		nudge:      nudgeCopy(),
		proof:      proofCopy(),
		reactivate: reactivateCopy(),
		goodbye:    goodbyeCopy(),
	}
}

func introCopy() []variant {
	return []variant{
		{"Quick question for {{company | your team}}", `
Hi {{first_name | there}},

I'll keep this short. I'm with [org]. What we do, in one line: [offer].

I don't know yet whether that matters at {{company | your team}} right now, so I'd rather ask than assume. Is it something you're looking at this quarter?

If yes, a short demo will tell you more than another email from me. [ask]

Thanks,
[sign]`},
		{"[org] and {{company | your team}}", `
Hi {{first_name | there}},

Here's the whole pitch: [offer].

That's [org]. If it sounds useful for {{company | your team}}, I'd like to show you how it works and let you poke holes in it. If it doesn't, tell me and I'll leave you alone.

[ask]

Best,
[sign]`},
		{"Worth a look, {{first_name | there}}?", `
Hi {{first_name | there}},

One line on why I'm in your inbox: [offer]. That's what we do at [org].

How are you handling this at {{company | your team}} today? Even a one-word answer helps me figure out whether we should talk.

And if you'd rather just see it, even better. [ask]

Cheers,
[sign]`},
		{"An idea for {{company | your team}}", `
Hi {{first_name | there}},

I'm writing because [reason].

What we do at [org], in one line: [offer].

Open to a quick call to see if there's a fit? No slides. [ask]

Thanks,
[sign]`},
		{"Are you the right person for this?", `
Hi {{first_name | there}},

I have you down as {{title | part of the team}} at {{company | your company}}, so I figured this belongs on your desk rather than in a general inbox.

I'm with [org]. Our part of the world: [offer].

Am I talking to the right person? If so, I'd love to walk you through it. [ask]

Best,
[sign]`},
		{"Short intro from [org]", `
Hi {{first_name | there}},

Let me earn the next sentence with something I can back up: [proof].

And what we do at [org], in one line: [offer].

Curious whether that could help {{company | your team}}? [ask]

Thanks for reading,
[sign]`},
	}
}

func nudgeCopy() []variant {
	return []variant{
		{"Following up", `
Hi {{first_name | there}},

I know how inboxes go, so just a quick nudge. [org], in one line: [offer].

Is this worth a conversation for {{company | your team}}, or is the timing off? Either answer is fine.

[ask]

Best,
[sign]`},
		{"Still on your list, {{first_name | there}}?", `
Hi {{first_name | there}},

Checking in once more on [org]. The short version: [offer].

What would you need to know to decide whether it's worth your time? Hit reply and I'll answer that, nothing else.

Thanks,
[sign]`},
		{"Picking this back up", `
Hi {{first_name | there}},

I'm getting in touch because [how], and I didn't want to leave it at that.

As a reminder, here's what we do at [org]: [offer].

If you'd like to see it with your own examples, I'm happy to set that up. [ask]

Cheers,
[sign]`},
		{"About [topic]", `
Hi {{first_name | there}},

We talked about [topic], and I wanted to close the loop on it.

Our part in it, in one line: [offer]. Where do things stand on your side at {{company | your team}}?

[ask]

Best,
[sign]`},
		{"One question", `
Hi {{first_name | there}},

One question and I'm out of your way: who at {{company | your team}} looks after this sort of thing? [org]'s part is simple to say: [offer].

If it's you, great. If not, a name is all I need.

Thanks,
[sign]`},
	}
}

func proofCopy() []variant {
	return []variant{
		{"Something I can back up", `
Hi {{first_name | there}},

Plenty of people in your inbox promise things. Here's one thing I can back up: [proof].

What we do at [org], in one line: [offer].

Would it be useful to hear how that came about? [ask]

Best,
[sign]`},
		{"How this looks in practice", `
Hi {{first_name | there}},

Instead of another pitch, one fact: [proof].

If {{company | your team}} would want the same, I'm glad to walk you through how it came about. Bring your doubts.

[ask]

Thanks,
[sign]`},
		{"For the skeptics at {{company | your team}}", `
Hi {{first_name | there}},

If I were you I'd ask for evidence before a meeting. Fair enough: [proof].

Happy to tell you where that comes from, so you can check it yourself. Then decide whether [org] deserves a slot on your calendar.

Cheers,
[sign]`},
		{"Would this hold up at {{company | your team}}?", `
Hi {{first_name | there}},

A fact to chew on: [proof].

I honestly don't know if it would play out the same way for you. A short call would tell us both. [ask]

Best,
[sign]`},
		// The next two need no proof point: they offer to be checked instead.
		{"See it before you decide", `
Hi {{first_name | there}},

I could send you more words about [org], but you'd learn more from watching it work. What you'd see: [offer].

Bring your hardest example from {{company | your team}}. If we can't handle it, I'll say so on the call.

[ask]

Thanks,
[sign]`},
		{"What would convince you?", `
Hi {{first_name | there}},

Honest question: what would you need to see before giving something like this a try? For context, that's [offer].

Tell me the one thing that would matter at {{company | your team}}, and I'll either show it to you or tell you we don't have it.

Best,
[sign]`},
	}
}

func reactivateCopy() []variant {
	return []variant{
		{"It's been a while, {{first_name | there}}", `
Hi {{first_name | there}},

It's been a while since we were in touch, and a lot may have changed at {{company | your team}}.

On our end, here's where [org] stands today: [offer].

Is this back on your radar, or should I close your file? Both are good answers.

Best,
[sign]`},
		{"Where we left off", `
Hi {{first_name | there}},

Last time we talked about [topic]. I'd like to know how that turned out for you.

If it's still open, here's what we can bring to it at [org]: [offer].

[ask]

Thanks,
[sign]`},
		{"Worth another look?", `
Hi {{first_name | there}},

We've been in touch before and nothing came of it. That happens.

I'm back with one question: is the problem solved at {{company | your team}}, or did it just slip down the list? What we do at [org], in one line: [offer].

If it's still open, let's talk. [ask]

Cheers,
[sign]`},
		{"One thing worth knowing", `
Hi {{first_name | there}},

We lost touch for a bit, so here's the one thing I'd want to know in your place: [proof].

If that makes [org] worth a second look for {{company | your team}}, I'll make it quick. [ask]

Best,
[sign]`},
		{"Checking in with {{company | your team}}", `
Hi {{first_name | there}},

I was going through people I'd lost touch with, and found this next to your name: [how].

A quick reminder of what we do at [org]: [offer].

Has anything changed since then? A line back is plenty.

Thanks,
[sign]`},
	}
}

func goodbyeCopy() []variant {
	return []variant{
		{"Should I close the file?", `
Hi {{first_name | there}},

I haven't heard back, so I'll take it that now isn't the time. No hard feelings.

This is my last note. If [org] becomes useful later, you know what we do: [offer]. Just reply and I'll pick it right up.

All the best to you and {{company | your team}},
[sign]`},
		{"Last note from me", `
Hi {{first_name | there}},

I don't want to be the person who keeps writing. So this is the last one from me about [org].

If I had the wrong person or the wrong moment, one word back helps: "later", "no", or a name. Otherwise I'll leave it here.

Thanks for your time,
[sign]`},
		{"Closing the loop, {{first_name | there}}", `
Hi {{first_name | there}},

I'm closing the loop on my side. The offer stands whenever you want it: [offer].

If something at {{company | your team}} makes it relevant again, this address reaches me.

Take care,
[sign]`},
		{"Leaving this with you", `
Hi {{first_name | there}},

No reply is an answer too, so I'll stop here.

Before I go, the one thing worth keeping from all this: [proof]. If it ever becomes interesting for {{company | your team}}, I'm one reply away.

Best,
[sign]`},
		{"I'll leave you alone now", `
Hi {{first_name | there}},

No more emails from me on this one. Should [org] come up at {{company | your team}} later on, I'd be glad to hear from you.

Have a good week,
[sign]`},
	}
}

// answerCopy returns suggested answers by the label of the reply. Labels that
// call for silence (unsubscribe, out_of_office, auto_reply) have none.
func answerCopy() map[string][]variant {
	return map[string][]variant{
		"interested": {
			{"", "Hi {{first_name | there}},\n\nGlad to hear it. Simplest next step: I show you how it works and you tell me where it wouldn't. [ask]\n\nIs there anything you'd like me to prepare?\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nGreat, thanks for getting back to me. [ask]\n\nIf somebody else at {{company | your team}} should be there, just add them.\n\n[sign]"},
		},
		"meeting": {
			{"", "Hi {{first_name | there}},\n\nHappy to. [ask]\n\nI'll come with questions about how you work today rather than with slides.\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nLet's do it. [ask]\n\nTalk soon,\n[sign]"},
		},
		"question": {
			{"", "Hi {{first_name | there}},\n\nGood question, and I'd rather give you a correct answer than a fast one. Let me check and come back to you here.\n\nAs background, what we do: [offer].\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nThanks for asking. Let me check that first, so that what you get is right. I'll reply in this thread.\n\n[sign]"},
		},
		"pricing": {
			{"", "Hi {{first_name | there}},\n\nFair question. It depends on what you'd use, and I don't want to throw out a number that turns out wrong. Tell me roughly how {{company | your team}} would use it and I'll have the right figures sent to you.\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nHappy to talk numbers. Let me get you a proper quote instead of a guess. What would you want it to cover?\n\n[sign]"},
		},
		"objection": {
			{"", "Hi {{first_name | there}},\n\nThat's a fair point, and thanks for saying it straight. May I ask what it would have to look like for you to consider it?\n\nIf the answer is \"not at all\", that's fine too, and I'll close it on my side.\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nUnderstood. What I can offer instead of an argument is something you can check: [proof].\n\nIf that doesn't change the picture for {{company | your team}}, I'll leave it there.\n\n[sign]"},
		},
		"not_now": {
			{"", "Hi {{first_name | there}},\n\nMakes sense, timing matters. When would be a good moment to check back? I'll put it in my calendar and stay quiet until then.\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nNo problem at all. Tell me when it makes sense and I'll get back to you then, not before.\n\n[sign]"},
		},
		"referral": {
			{"", "Hi {{first_name | there}},\n\nThank you, that helps. I'll get in touch with them. Is it all right if I mention that you pointed me their way?\n\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nMuch appreciated. I'll take it from there and won't bother you further.\n\n[sign]"},
		},
		"not_interested": {
			{"", "Hi {{first_name | there}},\n\nThanks for letting me know. I'll close this on my side and won't follow up.\n\nAll the best,\n[sign]"},
			{"", "Hi {{first_name | there}},\n\nUnderstood, and thanks for the straight answer. You won't hear from me on this again.\n\nTake care,\n[sign]"},
		},
	}
}
