package app

import "runtime/debug"

// collectPercent is how far the heap grows before it is collected. The live heap
// is about 15 MB and mail makes garbage fast: at the default of 100 the collector
// takes 12 % of the program's time (50,000 mails: 128 us of CPU each and 57 MB at
// the peak, against 122 us and 93 MB; see BenchmarkCampaignMail).
const collectPercent = 150

// CollectLessOften sets the garbage collector's pace, unless GOGC has set one.
func CollectLessOften() {
	const runtimeDefault = 100
	if set := debug.SetGCPercent(collectPercent); set != runtimeDefault {
		debug.SetGCPercent(set)
	}
}
