package conversation

import (
	"context"
	"time"
)

// Input is an answer to be sorted.
type Input struct {
	Text    string // newly written: no quote, no signature
	Subject string
	Now     time.Time // when the answer came
}

// Classifier sorts answers some other way than by rules: a model. An error, or an
// intent nobody knows, means that it has nothing to say.
type Classifier interface {
	Classify(ctx context.Context, in Input) (Verdict, error)
}

// Sure is the confidence from which the rules need no second opinion.
const Sure = 0.8

// Judge sorts an answer: by rules, and when they are unsure by the model, which
// may be nil. It returns the verdict of the rules beside the model's error, if
// there was one: the caller logs it, the answer is sorted all the same.
//
// An opt-out by rule is final. Of the model only the intent and the confidence
// are taken: dates, names and addresses come from the person's words.
func Judge(ctx context.Context, in Input, model Classifier) (Verdict, error) {
	byRule := Classify(in.Text, in.Subject, in.Now)
	if byRule.Intent == OptOut || byRule.Confidence >= Sure || model == nil {
		return byRule, nil
	}
	byModel, err := model.Classify(ctx, in)
	if err != nil || !byModel.Intent.Known() {
		return byRule, err
	}
	v := Verdict{
		Intent: byModel.Intent, Confidence: min(max(byModel.Confidence, 0), 1), Model: byModel.Model,
		RuleVersion: byRule.RuleVersion, Reason: "the rules were unsure (" + byRule.Reason + "); the model decided",
	}
	if v.Intent == NotNow || v.Intent == OutOfOffice {
		v.RetryAfter = When(in.Text, in.Now)
	}
	if v.Intent == WrongPerson || v.Intent == OutOfOffice {
		v.Referral = referral(in.Text)
	}
	return v, nil
}
