"""One dialog a file, driven by keys."""
