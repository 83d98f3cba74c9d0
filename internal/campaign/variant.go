package campaign

import (
	"encoding/binary"
	"hash/fnv"

	"rainmaker/internal/platform/id"
)

// choose picks the variant of a step for an enrolment by weight, and returns the
// probability with which it does. The choice depends on nothing but the ids, so
// that it can be replayed, and a retry chooses the same.
func choose(step *Step, enrolment id.ID) (*Variant, float32) {
	total := 0
	for i := range step.Variants {
		total += step.Variants[i].Weight
	}
	if total == 0 {
		return &step.Variants[0], 1
	}
	point := int(draw(step.ID, enrolment) * float64(total))
	for i := range step.Variants {
		v := &step.Variants[i]
		if point < v.Weight {
			return v, float32(v.Weight) / float32(total)
		}
		point -= v.Weight
	}
	return &step.Variants[len(step.Variants)-1], 0
}

// draw returns a number in [0, 1) that is uniform over enrolments.
func draw(step, enrolment id.ID) float64 {
	h := fnv.New128a()
	h.Write(step[:])
	h.Write(enrolment[:])
	sum := h.Sum(nil)
	// The high bits of FNV mix worse than a multiplication of both halves.
	mixed := (binary.BigEndian.Uint64(sum[:8]) ^ binary.BigEndian.Uint64(sum[8:])) * 0x9e3779b97f4a7c15
	mixed ^= mixed >> 32
	return float64(mixed>>11) / (1 << 53)
}
