"""Measurements, each a ratio of two things side by side in one run: `make bench`."""
