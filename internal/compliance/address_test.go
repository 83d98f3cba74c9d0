package compliance

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/sharedset"
)

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ann@example.com":                 "ann@example.com",
		"  Ann.Lee@EXAMPLE.Com \t":        "ann.lee@example.com",
		"Ann <ANN@Example.COM>":           "ann@example.com",
		`"Lee, Ann" <ann@example.com>`:    "ann@example.com",
		"<ann@example.com>":               "ann@example.com",
		"mailto:ann@example.com":          "ann@example.com",
		"MAILTO:Ann@example.com":          "ann@example.com",
		"ann+news@example.com":            "ann+news@example.com", // another mailbox than ann@
		"a.n.n@gmail.com":                 "a.n.n@gmail.com",
		"o'brien@example.com":             "o'brien@example.com",
		"a&b=c{d}@example.com":            "a&b=c{d}@example.com",
		"ann@example.com.":                "ann@example.com",
		"ann@bücher.example":              "ann@xn--bcher-kva.example",
		"ann@BÜCHER.example":              "ann@xn--bcher-kva.example",
		"ann@xn--bcher-kva.example":       "ann@xn--bcher-kva.example",
		"jörg@example.com":                "jörg@example.com",
		"JÖRG@example.com":                "jörg@example.com",
		"用户@例子.广告":                        "用户@xn--fsqu00a.xn--4rr70v",
		"a@b.co":                          "a@b.co",
		"a@1.2.co":                        "a@1.2.co",
		strings.Repeat("a", 64) + "@b.co": strings.Repeat("a", 64) + "@b.co",
	} {
		got, err := NormalEmail(in)
		if err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
			continue
		}
		if again, err := NormalEmail(got); err != nil || again != got {
			t.Errorf("%q is normal but becomes %q, %v", got, again, err)
		}
	}
	for _, in := range []string{
		"", " ", "@", "ann", "ann@", "@example.com", "ann@example", "ann@localhost", "ann@@example.com", "a@b@example.com",
		"ann@example..com", ".ann@example.com", "ann.@example.com", "a..b@example.com", "ann@.example.com", "ann@-a.com", "ann@a-.com",
		"ann@exa mple.com", "an n@example.com", "ann@example.com, bob@example.com", "ann@example.com;bob@example.com",
		"ann@[127.0.0.1]", "ann@127.0.0.1", "ann@example.c", "ann@example.1com", "ann@exa_mple.com",
		"ann@example.com\r\nBcc: all@example.com", "ann\n@example.com", "ann@example.com\x00", "ann\x7f@example.com", "ann@exam\tple.com",
		`"ann lee"@example.com`, `"a\"b"@example.com`, `ann(comment)@example.com`, "ann@example.com>", "<ann@example.com", "<>",
		"Ann <ann@example.com> <bob@example.com>", "ann@example.com?subject=x", "javascript:alert(1)",
		"\xff\xfe@example.com", "ann@\xff.com", "ann\u202e@example.com", "ann\u200b@example.com", "ann@exam\u200bple.com\u0000",
		"ann@" + strings.Repeat("a", 64) + ".com", strings.Repeat("a", 65) + "@b.co", strings.Repeat("é", 33) + "@b.co",
		"ann@" + strings.Repeat("a.", 130) + "com", "ann@xn--.com\u00ad\u00ad@",
		// It fits, but not once its domain is written in ASCII.
		strings.Repeat("a", 64) + "@" + strings.Repeat("ü.", 25) + "com",
	} {
		if got, err := NormalEmail(in); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q was taken as %q, %v", in, got, err)
		} else if strings.Contains(err.Error(), "ann") {
			t.Errorf("the error quotes the person: %v", err)
		}
	}
	if got := EmailDomain("ann@example.com"); got != "example.com" {
		t.Errorf("domain %q", got)
	}
}

func FuzzNormalEmail(f *testing.F) {
	for _, s := range []string{"Ann <ANN@Example.COM>", "ann@bücher.example", "a@b@c.de", "\"x\"@y.zz", "İ@example.com", "K@K.com"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		normal, err := NormalEmail(s)
		if err != nil {
			return
		}
		if again, err := NormalEmail(normal); err != nil || again != normal {
			t.Errorf("%q -> %q -> %q, %v", s, normal, again, err)
		}
		if len(normal) > maxEmail || strings.ContainsAny(normal, " \r\n\t<>\",;:()[]\\\x00") || strings.Count(normal, "@") != 1 {
			t.Errorf("%q -> %q", s, normal)
		}
	})
}

func TestNormalPhone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, region, want string }{
		{"(415) 234-5678", "US", "+14152345678"},
		{"415.234.5678", "US", "+14152345678"},
		{"4152345678", "US", "+14152345678"},
		{"1 415 234 5678", "US", "+14152345678"},
		{"+1 (415) 234-5678", "US", "+14152345678"},
		{"+1 415 234 5678 ext. 12", "US", "+14152345678"},
		{"415-234-5678 x12", "US", "+14152345678"},
		{"tel:+1-415-234-5678", "US", "+14152345678"},
		{"(+44) 20 7946 0958", "US", "+442079460958"},
		{"+44 20 7946 0958", "US", "+442079460958"},
		{"(+41 44 668 18 00", "US", "+41446681800"}, // not an American number, though it has ten digits after the sign
		{"020 7946 0958", "GB", "+442079460958"},
		{"800 234 5678", "US", "+18002345678"},
		{"671 646 1234", "US", "+16716461234"}, // Guam
		{"684 699 1234", "US", "+16846991234"}, // American Samoa
		{"４１５２３４５６７８", "US", "+14152345678"},   // full width
		{"1-800-FLOWERS", "US", "+18003569377"},
	} {
		if got, err := NormalPhone(tt.in, tt.region); err != nil || got != tt.want {
			t.Errorf("%q: %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
	for _, in := range []string{
		"", " ", "12345", "234-5678", "911", "123 456 7890", "415 123 4567", "+1 415", "+999 12345678", "415 234 56789",
		"phone", "4152345678\r\n4152345679", "0000000000", "+0 415 234 5678", "1111111111", strings.Repeat("4", 500), "\xff\xff",
	} {
		if got, err := NormalPhone(in, "US"); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q was taken as %q, %v", in, got, err)
		}
	}
}

// slowPhone is NormalPhone without the short way.
func slowPhone(s, region string) (string, bool) {
	number, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", false
	}
	return phonenumbers.Format(number, phonenumbers.E164), true
}

// TestFastNANP: whatever the short way reads, the number plan reads the same.
func TestFastNANP(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	formats := []func(d string) string{
		func(d string) string { return d },
		func(d string) string { return "1" + d },
		func(d string) string { return "+1" + d },
		func(d string) string { return "+" + d },
		func(d string) string { return "(+" + d + ")" },
		func(d string) string { return "-+ " + d },
		func(d string) string { return "+ +1" + d },
		func(d string) string { return "1+" + d },
		func(d string) string { return "(" + d[:3] + ") " + d[3:6] + "-" + d[6:] },
		func(d string) string { return d[:3] + "." + d[3:6] + "." + d[6:] },
		func(d string) string { return "1-" + d[:3] + "-" + d[3:6] + "-" + d[6:] },
		func(d string) string { return " " + d[:3] + " " + d[3:] + " " },
		func(d string) string { return "..(" + d[:4] + "--" + d[4:] + "()" },
		func(d string) string { return "+1 (" + d[:3] + ") " + d[3:] + "." },
	}
	const n = 20000
	fast := 0
	for i := range n {
		digits := fmt.Sprintf("%010d", random.Int64N(1e10))
		if i%2 == 0 { // half of them from area codes in use
			digits = []string{"415", "212", "800", "888", "671", "684", "787", "242", "416", "900", "500", "710", "555"}[random.IntN(13)] + digits[3:]
		}
		in := formats[random.IntN(len(formats))](digits)
		got, ok := fastNANP(in, "US")
		if !ok {
			continue
		}
		fast++
		if want, valid := slowPhone(in, "US"); !valid || got != want {
			t.Errorf("%q: %q, the number plan says %q (%v)", in, got, want, valid)
		}
	}
	if fast < n/5 {
		t.Errorf("only %d of %d went the short way", fast, n)
	}
	if _, ok := fastNANP("4152345678", "GB"); ok {
		t.Error("a British number went the American way")
	}
}

func names(zones []*time.Location) []string {
	out := []string{}
	for _, z := range zones {
		out = append(out, z.String())
	}
	return out
}

func TestZonesOf(t *testing.T) {
	t.Parallel()
	var zones Zones
	for name, tt := range map[string]struct {
		timezone, phone, region string
		want                    []string
	}{
		"on record":                  {"Europe/Paris", "+14152345678", "NY", []string{"Europe/Paris"}},
		"a record nobody knows":      {"Mars/Olympus", "+14152345678", "", []string{"America/Los_Angeles"}},
		"the machine's zone is none": {"Local", "", "", []string{}},
		"a path is none":             {"../../etc/passwd", "", "", []string{}},
		"number":                     {"", "+12122345678", "", []string{"America/New_York"}},
		"state":                      {"", "", "CA", []string{"America/Los_Angeles"}},
		"state in words":             {"", "", " new york ", []string{"America/New_York"}},
		"ISO state":                  {"", "", "us-ak", []string{"America/Anchorage", "America/Adak"}},
		"number and state agree":     {"", "+14152345678", "CA", []string{"America/Los_Angeles"}},
		"number and state disagree":  {"", "+12122345678", "CA", []string{"America/New_York", "America/Los_Angeles"}},
		"toll-free says nothing":     {"", "+18002345678", "", []string{}},
		"toll-free with a state":     {"", "+18882345678", "HI", []string{"Pacific/Honolulu"}},
		"Guam":                       {"", "+16716461234", "GU", []string{"Pacific/Guam"}},
		"Samoa":                      {"", "+16846991234", "American Samoa", []string{"Pacific/Pago_Pago"}},
		"Britain":                    {"", "+442079460958", "", []string{"Europe/London"}},
		"two zones in a state":       {"", "", "FL", []string{"America/New_York", "America/Chicago"}},
		"a region that is no state":  {"", "", "Bavaria", []string{}},
		"no E.164":                   {"", "+1", "", []string{}},
		"nothing":                    {"", "", "", []string{}},
	} {
		for range 2 { // the second answer is remembered
			if diff := cmp.Diff(tt.want, names(zones.Of(tt.timezone, tt.phone, tt.region))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
}

func TestStateZonesAreKnown(t *testing.T) {
	t.Parallel()
	var zones Zones
	for state, list := range stateZones {
		for _, name := range list {
			if zones.Load(name) == nil {
				t.Errorf("%s: no zone %s", state, name)
			}
		}
		if stateCode(state) != state {
			t.Errorf("%s is not a state", state)
		}
	}
	if len(stateZones) != 50+1+5 { // states, DC, territories
		t.Errorf("%d states and territories", len(stateZones))
	}
	for name, code := range stateNames {
		if stateZones[code] == nil || stateCode(strings.ToLower(name)) != code {
			t.Errorf("%s: %s", name, code)
		}
	}
}

// TestZonesAgainstTheNumberPlan reads libphonenumber's own map of prefixes.
func TestZonesAgainstTheNumberPlan(t *testing.T) {
	t.Parallel()
	dir, ok := sharedset.Dir(t, "phone-timezone")
	if !ok {
		return
	}
	f, err := os.Open(filepath.Join(dir, "map_data.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var zones Zones
	all := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if prefix, list, ok := strings.Cut(lines.Text(), "|"); ok && !strings.HasPrefix(prefix, "#") {
			all[prefix] = list
		}
	}
	checked, differ := 0, 0
	for prefix, list := range all {
		want := strings.Split(list, "&")
		if len(prefix) > 7 || len(want) > maxZones {
			continue
		}
		// A number with the prefix that no longer prefix in the map claims.
		number, found := "", false
		for fill := range 10 {
			number = prefix + strings.Repeat(fmt.Sprint(fill), 11-len(prefix))
			found = true
			for longer := len(prefix) + 1; longer <= len(number); longer++ {
				if _, claimed := all[number[:longer]]; claimed {
					found = false
				}
			}
			if found {
				break
			}
		}
		if !found {
			continue
		}
		checked++
		got := names(zones.Of("", "+"+number, ""))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			differ++
			if differ <= 5 {
				t.Logf("+%s: %v, the map says %v", number, got, want)
			}
		}
	}
	// The map and the library are not of one release.
	if checked < 1000 || differ*100 > checked*5 {
		t.Errorf("%d of %d prefixes differ", differ, checked)
	}
}
