package plain

import "testing"

func TestSafeCell(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Ann": "Ann", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx",
		" =x": "' =x", "＝x": "'＝x", "a=b": "a=b", "'=x": "'=x",
	} {
		got := Cell(in)
		if got != want {
			t.Errorf("Cell(%q) = %q, want %q", in, got, want)
		}
		if in != "'=x" && Uncell(got) != in {
			t.Errorf("Uncell(%q) = %q, want %q", got, Uncell(got), in)
		}
	}
}

func TestCleanLine(t *testing.T) {
	for in, want := range map[string]string{
		" a  b ": "a b", "a\r\nBcc: b": "a Bcc: b", "e\u0301": "é", "a\x00b": "ab", "bad\xffutf": "bad\uFFFDutf",
		"\u202Eevil": "evil", "plain": "plain", "a\u00a0b": "a b", "a\u2028b": "ab",
	} {
		if got := Line(in); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}
