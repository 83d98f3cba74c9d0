package conversation

import (
	"regexp"
	"strings"
)

// askWords are the ways in which people ask each other for something.
var askWords = []*regexp.Regexp{
	regexp.MustCompile(`\?["')\s]*$`),
	regexp.MustCompile(`\b(?:can|could|would|will|may|might) (?:you|i|we|someone|anyone|u)\b`),
	regexp.MustCompile(`\b(?:please|pls|kindly)\b`),
	regexp.MustCompile(`\blet (?:me|us) know\b|\badvise\b|\bget back to (?:me|us)\b|\bgive (?:me|us|him|her|them) (?:a|your|some|the)\b|\b(?:send|forward|e-?mail|call|fax|tell|show|remind|bring|contact|copy) (?:me|us|him|her|them|it|this|the|your)\b`),
	regexp.MustCompile(`\b(?:i|we)(?:'d| would| will|'ll)? (?:need|want|like|appreciate|require|hope|ask|request|love|suggest|propose|recommend|look forward|prefer|be (?:happy|glad|interested|grateful|available|able))\b`),
	regexp.MustCompile(`\b(?:need|needs|have|has|must|should|ought) (?:you |us |to )?(?:to )?(?:have |get |know |see |do |discuss |meet |talk |send |schedule |review |make |set |give |finish |call )\b`),
	regexp.MustCompile(`\bwe should\b|\byou (?:should|might|need|may) (?:want|to)?\b|\blet's\b|\blets\b|\bshall we\b|\bhow about\b|\bwhat about\b|\bwhy don't\b`),
	regexp.MustCompile(`\b(?:wondering (?:if|whether|when|what|how)|interested in|any questions|(?:your|any) (?:thoughts|feedback|comments|input|help|ideas|availability)|asap|rsvp|at your (?:earliest )?convenience|as soon as possible|would be (?:great|good|helpful|nice|appreciated|ideal|better|best|easier|useful))\b`),
	regexp.MustCompile(`^\W*(?:send|call|check|review|forward|tell|give|provide|confirm|update|schedule|look|see|make|add|put|print|copy|fill|submit|respond|reply|talk|meet|set|do you|are you|is there|is it|have you|did you|what|when|where|who|how|why|which|any)\b`),
	regexp.MustCompile(`\b(?:make sure|be sure|feel free|don't hesitate|do not hesitate|if you (?:could|can|would|have|are|need|want|like)|take a look|have a look|set up a|schedule a|follow up|touch base|join (?:me|us)|hope you (?:can|will|could)|you're welcome to|(?:i|we)(?:'ll| will| shall) (?:call|e-?mail|meet|see|contact|talk|send|get back) (?:you|to you|with you)?|happy to (?:discuss|meet|talk|help|chat)|discuss (?:this|it|with)|works? (?:best |better )?for (?:you|me|us)|are you (?:free|available|around)|available (?:for|on|to|at))\b`),
}

// notAsks are sentences that command nobody: advertising, and the small print of
// newsletters.
var notAsks = regexp.MustCompile(`\$link|click (?:here|below|on|above|the link|this)|\b(?:unsubscribe|discount|subscribe|newsletter|coupon|earn|browser|order now|join now|sign up now|safe[- ]?sender|address book|notification settings|do not reply|spam|password|expires?|guarantee|lowest|savings)\b|\d ?% off|this (?:message|e-?mail) (?:was|is) (?:sent|intended)|if you (?:do not|don't|no longer|see nothing|received this|have received|are not|experience|wish to (?:stop|unsub))|you can call me (?:[a-z]+)$|i was wondering why`)

// Asks reports a sentence, or a text of several, that wants something of its
// reader: an answer, an act, a meeting. Measured on labelled sentences in
// TestAsksOnLabelledSentences.
func Asks(text string) bool {
	for _, s := range sentences(text) {
		if notAsks.MatchString(s) && !strings.HasSuffix(s, "?") {
			continue
		}
		for _, re := range askWords {
			if re.MatchString(s) {
				return true
			}
		}
	}
	return false
}
