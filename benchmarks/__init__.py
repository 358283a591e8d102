"""Each module prints one JSON line per figure; none asserts a time."""
