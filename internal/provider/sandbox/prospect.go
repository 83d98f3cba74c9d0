package sandbox

import (
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"
)

// prospect is the character of one address.
type prospect struct {
	gone   bool   // the server refuses them
	sure   string // the intent that their address promises: they always answer with it
	person *rand.Rand
}

// prospect returns the character of an address: the same for the same seed. An
// address that starts with "bounce" is always gone, and one with the tag of an
// intent (ada+interested@house.example) always answers so: who tries something
// out need not wait for luck.
func (s *Server) prospect(address string) prospect {
	address = strings.ToLower(address)
	h := fnv.New64a()
	_, _ = h.Write([]byte(address)) // a hash never fails
	random := rand.New(rand.NewPCG(s.options.Seed, h.Sum64()))
	sure := sureIntent(address)
	gone := (random.Float64() < 0.02 && sure == "") || strings.HasPrefix(address, "bounce")
	return prospect{gone: gone, sure: sure, person: random}
}

// sureIntent reads the tag of an address; "" when it is no intent.
func sureIntent(address string) string {
	local, _, _ := strings.Cut(address, "@")
	_, tag, _ := strings.Cut(local, "+")
	if _, known := answers[tag]; known {
		return tag
	}
	return ""
}

// deed is one thing a prospect does about a mail.
type deed string

// The deeds.
const (
	scan        deed = "scan"      // a gateway fetches image and links on arrival
	open        deed = "open"      // a person lets the images load
	click       deed = "click"     // a person follows a link
	answer      deed = "answer"    // a person writes back
	away        deed = "away"      // their machine writes back
	bounce      deed = "bounce"    // their server gives up later
	complain    deed = "complain"  // "this is spam"
	unsubscribe deed = "one_click" // the button of their mail program
)

// planned is a deed and when it is done.
type planned struct {
	deed  deed
	after time.Duration
	kind  string // of an answer: the intent it shows
}

// plan decides what a prospect does about their n-th mail. The shares are those
// of a good cold campaign: about 1 in 9 answers, fewer than half of them glad.
func (p prospect) plan(mail uint64) []planned {
	random := rand.New(rand.NewPCG(p.person.Uint64(), mail))
	seconds := func(low, high float64) time.Duration {
		return time.Duration((low + random.Float64()*(high-low)) * float64(time.Second))
	}
	if p.sure != "" {
		opened := seconds(1, 4)
		return []planned{{deed: open, after: opened}, {deed: answer, after: opened + seconds(2, 5), kind: p.sure}}
	}
	var deeds []planned
	if random.Float64() < 0.15 {
		deeds = append(deeds, planned{deed: scan, after: seconds(0, 0.3)})
	}
	switch roll := random.Float64(); {
	case roll < 0.015:
		return append(deeds, planned{deed: bounce, after: seconds(2, 6)})
	case roll < 0.025:
		return append(deeds, planned{deed: away, after: seconds(1, 3)})
	case roll < 0.030:
		return append(deeds, planned{deed: complain, after: seconds(4, 12)})
	case roll < 0.045:
		return append(deeds, planned{deed: unsubscribe, after: seconds(4, 15)})
	}
	if random.Float64() < 0.55 {
		opened := seconds(2, 15)
		deeds = append(deeds, planned{deed: open, after: opened})
		if random.Float64() < 0.15 {
			deeds = append(deeds, planned{deed: click, after: opened + seconds(1, 5)})
		}
		if random.Float64() < 0.20 {
			deeds = append(deeds, planned{deed: answer, after: opened + seconds(3, 15), kind: intentOf(random.Float64())})
		}
	}
	return deeds
}

// intentOf spreads answers over what people say.
func intentOf(roll float64) string {
	shares := []struct {
		intent string
		upTo   float64
	}{{"interested", 0.34}, {"question", 0.52}, {"not_now", 0.68}, {"not_interested", 0.84}, {"wrong_person", 0.93}, {"opt_out", 1}}
	for _, share := range shares {
		if roll < share.upTo {
			return share.intent
		}
	}
	return "interested"
}
