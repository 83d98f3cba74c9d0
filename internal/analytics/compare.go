package analytics

import (
	"math"

	"rainmaker/internal/platform/id"
)

const (
	// confidence of the intervals. It is 99 % and not 95 % because people look
	// every day, and each look is another chance to see a difference by luck.
	confidence = 0.99
	// Evidence starts with so many mails on each side and so many answers on both
	// together; before that an interval says little and invites to stop early.
	minSent    = 100
	minReplies = 10
)

// Verdict is what a comparison shows.
type Verdict string

// The verdicts.
const (
	NotEnoughData Verdict = "not_enough_data"
	NoDifference  Verdict = "no_difference_shown" // the interval includes zero; it does not prove equality
	FirstBetter   Verdict = "first_better"
	SecondBetter  Verdict = "second_better"
)

// Sample is how many mails went out and how many a person answered.
type Sample struct {
	Sent, Replied int64
}

// Rate is the share answered, 0 without mails.
func (s Sample) Rate() float64 {
	if s.Sent == 0 {
		return 0
	}
	return float64(s.Replied) / float64(s.Sent)
}

// bounded keeps a sample that was cut by time (answers to mails before it) usable.
func (s Sample) bounded() Sample { return Sample{s.Sent, min(s.Replied, s.Sent)} }

// Comparison is one variant against another of the same step, by answers of
// people. Opens are never compared: scanners and privacy proxies make most.
type Comparison struct {
	StepID, First, Second id.ID
	FirstRate, SecondRate float64
	Difference            float64 // FirstRate - SecondRate
	Low, High             float64 // of the difference, at the confidence below
	Confidence            float64
	Verdict               Verdict
}

// Compare gives the difference of two answer rates with Newcombe's hybrid score
// interval, which stays honest at low rates. pairs is how many comparisons are
// looked at together; each gets its share of the error (Bonferroni).
func Compare(first, second Sample, pairs int) Comparison {
	first, second = first.bounded(), second.bounded()
	z := math.Sqrt2 * math.Erfinv(1-(1-confidence)/float64(max(pairs, 1)))
	c := Comparison{FirstRate: first.Rate(), SecondRate: second.Rate(), Confidence: confidence}
	c.Difference = c.FirstRate - c.SecondRate
	c.Low, c.High = newcombe(first, second, z)
	switch {
	case min(first.Sent, second.Sent) < minSent || first.Replied+second.Replied < minReplies:
		c.Verdict = NotEnoughData
	case c.Low > 0:
		c.Verdict = FirstBetter
	case c.High < 0:
		c.Verdict = SecondBetter
	default:
		c.Verdict = NoDifference
	}
	return c
}

// newcombe is the interval of the difference of two rates: method 10 of Newcombe,
// Statistics in Medicine 17 (1998).
func newcombe(first, second Sample, z float64) (low, high float64) {
	low1, high1 := wilson(first, z)
	low2, high2 := wilson(second, z)
	p1, p2 := first.Rate(), second.Rate()
	return p1 - p2 - math.Hypot(p1-low1, high2-p2), p1 - p2 + math.Hypot(high1-p1, p2-low2)
}

// wilson is the score interval of one rate.
func wilson(s Sample, z float64) (low, high float64) {
	if s.Sent == 0 {
		return 0, 1
	}
	n, p := float64(s.Sent), s.Rate()
	centre := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (centre-half)/(1+z*z/n)), min(1, (centre+half)/(1+z*z/n))
}

// compareVariants compares every two variants of each step.
func compareVariants(variants []Part) []Comparison {
	out := []Comparison{}
	for begin := 0; begin < len(variants); {
		end := begin
		for end < len(variants) && variants[end].StepID == variants[begin].StepID {
			end++
		}
		n := end - begin
		for i := begin; i < end; i++ {
			for j := i + 1; j < end; j++ {
				c := Compare(sampleOf(variants[i]), sampleOf(variants[j]), n*(n-1)/2)
				c.StepID, c.First, c.Second = variants[begin].StepID, variants[i].VariantID, variants[j].VariantID
				out = append(out, c)
			}
		}
		begin = end
	}
	return out
}

func sampleOf(p Part) Sample { return Sample{p.Figures[EmailsSent], p.Figures[Replies]} }
