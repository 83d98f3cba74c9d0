package sandbox

import "math/rand/v2"

// answers are what simulated prospects write, by intent. They are written like
// people write: short, without ceremony, now and then with a reason.
var answers = map[string][]string{
	"interested": {
		"Hi,\n\nthis comes at a good time. Can we talk on Thursday morning?",
		"Sounds interesting. Please send me a few times that would work for a call.",
		"Yes, I'd like to see a demo. Tuesday or Wednesday afternoon works best.",
		"Happy to chat. What does your calendar look like next week?",
	},
	"question": {
		"How does this work with our CRM? We are on HubSpot.",
		"What does it cost for a team of twelve?",
		"Do you have customers in logistics? Could you send an example?",
	},
	"not_now": {
		"Not right now, we have just signed for a year. Try me again next quarter.",
		"We are in the middle of a move. Please get back to me in two months.",
	},
	"not_interested": {
		"Thanks, but we are not interested.",
		"No thank you, we built this ourselves.",
	},
	"wrong_person": {
		"I am not the right person for this. Dana in operations takes care of it.",
		"I left that team a while ago, sorry. You want our head of sales.",
	},
	"opt_out": {
		"Please remove me from your list.",
		"STOP",
	},
}

// text picks an answer of the intent.
func text(intent string, random *rand.Rand) string {
	list := answers[intent]
	return list[random.IntN(len(list))]
}
