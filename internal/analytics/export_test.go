package analytics

// Newcombe lets tests check the interval at another confidence.
func Newcombe(first, second Sample, z float64) (low, high float64) {
	return newcombe(first, second, z)
}
