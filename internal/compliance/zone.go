package compliance

import (
	"strings"
	"sync"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// maxZones is the most zones a number's prefix may have and still say where a
// person is: toll-free and other non-geographic numbers list the whole country.
const maxZones = 6

// Zones finds out where a person may be. It remembers what it looked up; safe
// for concurrent use.
type Zones struct {
	locations sync.Map // IANA name -> *time.Location, nil when unknown
	prefixes  sync.Map // first seven digits of a number -> []string
}

// Load returns the location of an IANA name, or nil when there is none. "Local"
// and the empty name are none.
func (z *Zones) Load(name string) *time.Location {
	if known, ok := z.locations.Load(name); ok {
		location, _ := known.(*time.Location)
		return location
	}
	location, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		location = nil
	}
	if location != nil {
		z.locations.Store(name, location)
	}
	return location
}

// Of returns every zone the person may be in: the one that is on record, else
// all that the number's prefix and the state allow. When they disagree, hours
// must be open in all of them. Empty means unknown.
func (z *Zones) Of(timezone, phone, region string) []*time.Location {
	if location := z.Load(timezone); location != nil {
		return []*time.Location{location}
	}
	var zones []*time.Location
	add := func(names []string) {
		for _, name := range names {
			location := z.Load(name)
			if location == nil {
				continue
			}
			known := false
			for _, have := range zones {
				known = known || have.String() == location.String()
			}
			if !known {
				zones = append(zones, location)
			}
		}
	}
	add(z.ofPhone(phone))
	add(stateZones[stateCode(region)])
	return zones
}

// ofPhone returns the zones of an E.164 number's prefix.
func (z *Zones) ofPhone(phone string) []string {
	if len(phone) < 8 {
		return nil
	}
	prefix := phone[1:8]
	if known, ok := z.prefixes.Load(prefix); ok {
		names, _ := known.([]string)
		return names
	}
	names, err := phonenumbers.GetTimezonesForPrefix(phone)
	if err != nil || len(names) > maxZones || len(names) == 1 && names[0] == phonenumbers.UNKNOWN_TIMEZONE {
		names = nil
	}
	z.prefixes.Store(prefix, names)
	return names
}

// stateCode returns the postal code of a US state or territory, given its code
// ("CA", "US-CA") or its name.
func stateCode(region string) string {
	code := strings.ToUpper(strings.TrimSpace(region))
	code = strings.TrimPrefix(code, "US-")
	if _, ok := stateZones[code]; ok {
		return code
	}
	return stateNames[code]
}

// stateZones lists the time zones in use in each state and territory: 49 CFR
// part 71 draws the borders. States that two zones share list both.
var stateZones = map[string][]string{
	"AK": {"America/Anchorage", "America/Adak"}, "AL": {"America/Chicago"}, "AR": {"America/Chicago"},
	"AS": {"Pacific/Pago_Pago"}, "AZ": {"America/Phoenix", "America/Denver"}, "CA": {"America/Los_Angeles"},
	"CO": {"America/Denver"}, "CT": {"America/New_York"}, "DC": {"America/New_York"}, "DE": {"America/New_York"},
	"FL": {"America/New_York", "America/Chicago"}, "GA": {"America/New_York"}, "GU": {"Pacific/Guam"},
	"HI": {"Pacific/Honolulu"}, "IA": {"America/Chicago"}, "ID": {"America/Boise", "America/Los_Angeles"},
	"IL": {"America/Chicago"}, "IN": {"America/Indiana/Indianapolis", "America/Chicago"},
	"KS": {"America/Chicago", "America/Denver"}, "KY": {"America/New_York", "America/Chicago"},
	"LA": {"America/Chicago"}, "MA": {"America/New_York"}, "MD": {"America/New_York"}, "ME": {"America/New_York"},
	"MI": {"America/Detroit", "America/Menominee"}, "MN": {"America/Chicago"}, "MO": {"America/Chicago"},
	"MP": {"Pacific/Saipan"}, "MS": {"America/Chicago"}, "MT": {"America/Denver"}, "NC": {"America/New_York"},
	"ND": {"America/Chicago", "America/Denver"}, "NE": {"America/Chicago", "America/Denver"}, "NH": {"America/New_York"},
	"NJ": {"America/New_York"}, "NM": {"America/Denver"}, "NV": {"America/Los_Angeles", "America/Denver"},
	"NY": {"America/New_York"}, "OH": {"America/New_York"}, "OK": {"America/Chicago"},
	"OR": {"America/Los_Angeles", "America/Boise"}, "PA": {"America/New_York"}, "PR": {"America/Puerto_Rico"},
	"RI": {"America/New_York"}, "SC": {"America/New_York"}, "SD": {"America/Chicago", "America/Denver"},
	"TN": {"America/Chicago", "America/New_York"}, "TX": {"America/Chicago", "America/Denver"},
	"UT": {"America/Denver"}, "VA": {"America/New_York"}, "VI": {"America/St_Thomas"}, "VT": {"America/New_York"},
	"WA": {"America/Los_Angeles"}, "WI": {"America/Chicago"}, "WV": {"America/New_York"}, "WY": {"America/Denver"},
}

var stateNames = map[string]string{
	"ALASKA": "AK", "ALABAMA": "AL", "ARKANSAS": "AR", "AMERICAN SAMOA": "AS", "ARIZONA": "AZ", "CALIFORNIA": "CA",
	"COLORADO": "CO", "CONNECTICUT": "CT", "DISTRICT OF COLUMBIA": "DC", "WASHINGTON DC": "DC", "DELAWARE": "DE",
	"FLORIDA": "FL", "GEORGIA": "GA", "GUAM": "GU", "HAWAII": "HI", "IOWA": "IA", "IDAHO": "ID", "ILLINOIS": "IL",
	"INDIANA": "IN", "KANSAS": "KS", "KENTUCKY": "KY", "LOUISIANA": "LA", "MASSACHUSETTS": "MA", "MARYLAND": "MD",
	"MAINE": "ME", "MICHIGAN": "MI", "MINNESOTA": "MN", "MISSOURI": "MO", "NORTHERN MARIANA ISLANDS": "MP",
	"MISSISSIPPI": "MS", "MONTANA": "MT", "NORTH CAROLINA": "NC", "NORTH DAKOTA": "ND", "NEBRASKA": "NE",
	"NEW HAMPSHIRE": "NH", "NEW JERSEY": "NJ", "NEW MEXICO": "NM", "NEVADA": "NV", "NEW YORK": "NY", "OHIO": "OH",
	"OKLAHOMA": "OK", "OREGON": "OR", "PENNSYLVANIA": "PA", "PUERTO RICO": "PR", "RHODE ISLAND": "RI",
	"SOUTH CAROLINA": "SC", "SOUTH DAKOTA": "SD", "TENNESSEE": "TN", "TEXAS": "TX", "UTAH": "UT", "VIRGINIA": "VA",
	"VIRGIN ISLANDS": "VI", "VERMONT": "VT", "WASHINGTON": "WA", "WISCONSIN": "WI", "WEST VIRGINIA": "WV", "WYOMING": "WY",
}
