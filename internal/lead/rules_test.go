package lead

import "testing"

// TestStatusOrder: nothing that happens reopens an opt-out or an invalid
// address, and engagement only goes forward.
func TestStatusOrder(t *testing.T) {
	for _, from := range Statuses() {
		for _, to := range Statuses() {
			moves := Next(from, to)
			switch {
			case from == to, to == StatusNew, from == StatusUnsubscribed,
				from == StatusInvalid && to != StatusUnsubscribed:
				if moves {
					t.Errorf("%s -> %s must not happen", from, to)
				}
			case to == StatusUnsubscribed:
				if !moves {
					t.Errorf("%s -> %s must always happen", from, to)
				}
			case from == StatusCustomer && to != StatusInvalid:
				if moves {
					t.Errorf("a customer became %s", to)
				}
			}
		}
	}
}
