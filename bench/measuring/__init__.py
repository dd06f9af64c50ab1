"""What all benchmarks measure with: figures, their report and chart, CPU time, other programs."""
