"""What Prometheus reads: counters and histograms of this process since its start, and gauges of how it is now."""
