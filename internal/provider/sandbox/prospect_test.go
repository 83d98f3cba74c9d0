package sandbox

import "testing"

// The tag of an address decides; everything else is luck with a fixed seed.
func TestTaggedProspects(t *testing.T) {
	t.Parallel()
	s := &Server{options: Options{Seed: 7}}
	for intent := range answers {
		p := s.prospect("Ada+" + intent + "@house.example")
		deeds := p.plan(1)
		if p.gone || len(deeds) != 2 || deeds[1].deed != answer || deeds[1].kind != intent {
			t.Errorf("+%s does %+v (gone: %v)", intent, deeds, p.gone)
		}
	}
	for _, address := range []string{"ada@house.example", "ada+news@house.example", "interested@house.example", "ada@interested+question.example"} {
		if got := s.prospect(address).sure; got != "" {
			t.Errorf("%s promises %s", address, got)
		}
	}
	if !s.prospect("bounce+interested@house.example").gone {
		t.Error("an address that starts with bounce is there")
	}
}
