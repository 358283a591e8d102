"""One widget a file, each alone on a stage."""
